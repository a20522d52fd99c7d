import { mkdirSync, readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { hierarchies, killCgroup, pruneCgroups } from '../../src/sandbox/cgroup.ts'
import { belongsTo } from '../support/leftovers.ts'

/** The CPU time of a test file in seconds. */
export interface Cpu {
  /** Of its own processes, also those that it left behind. */
  readonly own: number
  /** Of its sandbox hosts. */
  readonly hosts: number
}

/** Counts the CPU time of test files: each one's processes run in a cgroup of its own. */
export interface Meter {
  /** The words before a command that let it run in the cgroup of this name. */
  into(name: string): readonly string[]
  /** What the processes of this name and the hosts of this sandbox have used; call it when they have ended. */
  used(name: string, box: string): Cpu
  /** Ends counting, and what still runs. @throws SandboxError */
  close(): Promise<void>
}

/** How often hosts are looked at, in milliseconds. Their cgroups disappear with them, and the time since the last look. */
const EVERY = 500

const list = (folder: string): string[] => {
  try {
    return readdirSync(folder)
  } catch {
    return [] // gone meanwhile, or not there yet
  }
}

/** The CPU time of a cgroup and all that were below it, in seconds. Every v2 cgroup has this, without a controller. */
const timeOf = (cgroup: string): number => {
  try {
    return Number(/^usage_usec (\d+)$/m.exec(readFileSync(join(cgroup, 'cpu.stat'), 'utf8'))?.[1] ?? 0) / 1e6
  } catch {
    return 0 // gone meanwhile
  }
}

/** Adds up a counter that starts again from zero when its cgroup is made again. */
export const grown = ({ sum, last }: { sum: number; last: number }, now: number): { sum: number; last: number } => ({
  sum: sum + (now < last ? now : now - last),
  last: now,
})

/** A meter for this run, or why there is none. */
export function openMeter(run: string): Meter | string {
  const unified = hierarchies(readFileSync('/proc/mounts', 'utf8'), readFileSync('/proc/self/cgroup', 'utf8'))?.unified
  if (unified === undefined) return 'CPU time is not counted: no cgroup v2 is mounted below /sys/fs/cgroup'
  const top = join(unified, `provision-tests-${run}`)
  try {
    mkdirSync(top)
  } catch (error) {
    return `CPU time is not counted: ${error instanceof Error ? error.message : error}`
  }
  const boxes = new Map<string, { sum: number; last: number }>()
  const look = (): void => {
    for (const tree of list(unified).filter((name) => name.startsWith('provision-sandbox')))
      for (const box of list(join(unified, tree)).filter((name) => name.startsWith(`test-${run}-`)))
        boxes.set(box, grown(boxes.get(box) ?? { sum: 0, last: 0 }, timeOf(join(unified, tree, box))))
  }
  const timer = setInterval(look, EVERY)
  const folder = (name: string): string => join(top, name.replaceAll('/', '-'))
  return {
    into: (name) => {
      mkdirSync(folder(name), { recursive: true })
      return ['sh', '-c', 'echo $$ >"$0/cgroup.procs" && exec "$@"', folder(name)]
    },
    used: (name, box) => {
      const own = timeOf(folder(name))
      const hosts = [...boxes].filter(([each]) => belongsTo(box)(each)).reduce((sum, [, each]) => sum + each.sum, 0)
      return { own, hosts }
    },
    close: async () => {
      clearInterval(timer)
      await killCgroup(top)
      pruneCgroups([top])
    },
  }
}

/** A line of the table: of a file, or of something else in a run, which has no kind. */
export interface Row extends Cpu {
  readonly name: string
  readonly kind?: string
  /** From its start to its end. */
  readonly seconds: number
}

const sumOf = (name: string, rows: readonly Row[]): Row => {
  const sum = (of: (row: Row) => number): number => rows.reduce((total, row) => total + of(row), 0)
  return { name, seconds: sum(({ seconds }) => seconds), own: sum(({ own }) => own), hosts: sum(({ hosts }) => hosts) }
}

const line = (name: string, columns: readonly string[]): string =>
  `${name.padEnd(56)}${columns.map((each) => each.padStart(10)).join('')}`

const lineOf = ({ name, seconds, own, hosts }: Row): string =>
  line(
    name,
    [seconds, own, hosts, own + hosts].map((number) => number.toFixed(1)),
  )

/** What each file has used, most first, and the sums of each kind. */
export function cpuTable(rows: readonly Row[]): string {
  const kinds = [...new Set(rows.flatMap(({ kind }) => kind ?? []))]
  return [
    line('seconds of', ['time', 'CPU: own', 'of hosts', 'of both']),
    ...rows.toSorted((a, b) => b.own + b.hosts - a.own - a.hosts).map(lineOf),
    ...kinds.map((each) =>
      lineOf(
        sumOf(
          `all ${each}`,
          rows.filter(({ kind }) => kind === each),
        ),
      ),
    ),
    lineOf(sumOf('all', rows)),
  ].join('\n')
}
