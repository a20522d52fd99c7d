import { type ChildProcessByStdio, spawn } from 'node:child_process'
import { createInterface } from 'node:readline'
import type { Readable } from 'node:stream'
import { RUN } from '../support/run-name.ts'
import { REPORTS, type Report } from './child/report.ts'
import type { Ended } from './outcome.ts'
import { openStanding } from './standing.ts'
import { endStrays } from './strays.ts'

const PRELOAD = new URL('./child/preload.ts', import.meta.url).href

/** The running process groups. */
export type Groups = Set<number>

/** Kills a process group. */
export function endGroup(pid: number): void {
  try {
    process.kill(-pid, 'SIGKILL')
  } catch {} // gone already
}

/** A process's limits and listeners. */
export interface Started {
  readonly env: NodeJS.ProcessEnv
  /** Marks the environment of its processes, as no other does. */
  readonly name: string
  /** Where it gets a working directory. */
  readonly folder: string
  /** After so many seconds without a report it is killed. */
  readonly deadline: number
  readonly groups: Groups
  /** Words before Node's: a command that becomes it. */
  readonly before?: readonly string[]
  readonly onReport?: (report: Report) => void
  readonly onLine?: (line: string) => void
}

/** The environment variable that names the program to its processes. */
const PROGRAM = 'PROVISION_TEST_PROGRAM'

/** The arguments for Node to run a test program from its source. */
export const underTsx = (file: string): readonly string[] => ['--import', 'tsx', '--import', PRELOAD, file]

/** Runs Node in its own process group, until it ends or is silent for too long. */
export function runProcess(
  argv: readonly string[],
  { env, name, folder, deadline, groups, before = [], onReport, onLine }: Started,
): Promise<Ended> {
  return new Promise((resolve) => {
    const [command = process.execPath, ...args] = [...before, process.execPath, ...argv]
    const standing = openStanding(folder)
    const child = spawn(command, args, {
      cwd: standing.path,
      env: { ...env, [PROGRAM]: name },
      detached: true,
      stdio: ['ignore', 'pipe', 'pipe', 'pipe', 'pipe'], // the last one ends with this process: RUNNER
    })
    const pid = child.pid as number
    groups.add(pid)
    let output = ''
    const { stdout, stderr } = child as ChildProcessByStdio<null, Readable, Readable>
    for (const stream of [stdout, stderr]) stream.setEncoding('utf8').on('data', (chunk: string) => (output += chunk))
    if (onLine) createInterface({ input: stderr }).on('line', onLine)
    let late: number | undefined
    const timer = setTimeout(() => {
      late = deadline
      endGroup(pid)
    }, deadline * 1000)
    createInterface({ input: child.stdio[REPORTS] as Readable }).on('line', (line) => {
      timer.refresh()
      onReport?.(JSON.parse(line) as Report)
    })
    let straggler: NodeJS.Timeout | undefined // a grandchild that holds a pipe open must not block us
    child.on('exit', () => {
      straggler = setTimeout(endGroup, 1000, pid)
    })
    child.on('close', async (exit) => {
      clearTimeout(timer)
      clearTimeout(straggler)
      await endStrays([`${RUN}=${env[RUN]}`, `${PROGRAM}=${name}`]) // whatever it has started goes with it
      groups.delete(pid)
      resolve({ exit, output, left: standing.remove(), ...(late !== undefined && { late }) })
    })
  })
}
