/** A quorum of fake hosts that grows and shrinks, and its invariants. */
import { mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import * as assert from 'uvu/assert'
import type { RunEvent } from '../../src/engine/events.ts'
import { makeCluster } from '../../src/inventory/make-cluster.ts'
import type { Step } from '../../src/model/plan.ts'
import type { Cluster } from '../../src/model/recipe.ts'
import { retiring } from '../../src/model/recipes-of.ts'
import { sh } from '../../src/shell/script.ts'
import { type FakeHost, fakeHost } from './fake-host.ts'
import { runner } from './runs-of.ts'
import { clusterOf, daemon, note, recipe } from './toys.ts'

/** The members in a host's file before the steps; undefined if the file is as wanted. */
const before = (steps: readonly Step[]): string | undefined => {
  const step = steps.find(({ type }) => type === 'note')
  if (step === undefined) return undefined
  return step.changes[0]?.action === 'create' ? '' : (/^-(.*)/.exec(step.changes[0]?.diff ?? '')?.[1] ?? '')
}

function quorum(hosts: Readonly<Record<string, FakeHost>>, log: string) {
  return recipe(
    'quorum',
    ({ name }, cluster) => {
      const members = cluster.withRecipe('quorum').map((host) => host.name)
      const config = note('members', { text: members.join('') })
      const restarting = sh`echo ${name} $(cat members) >>${log}`
      return [config, daemon('d', { reads: ['members'], restartOn: [config], restarting })]
    },
    {
      rolling: { services: ['d.service'], deadline: 2 },
      refuse: (_host, cluster, steps) => {
        const was = before(steps) ?? ''
        const far = was !== '' && cluster.withRecipe('quorum').length - was.length > 1
        return far ? [{ refusal: 'too-many', reason: 'Too many join.', remedy: 'Add one.', changes: [] }] : []
      },
      health: async ({ name }) => {
        const runs = hosts[name]?.read('d.read')
        const leader = Object.keys(hosts).find((each) => hosts[each]?.read('leads') !== undefined)
        // nobody follows a leader that it does not know
        const lost = leader !== undefined && runs?.includes(leader) === false
        return { green: runs !== undefined && !lost, down: runs === undefined || lost, says: runs ?? 'does not run' }
      },
      membership: {
        title: 'Quorum',
        refusals: ['too-many'],
        now(cluster, steps) {
          const members = cluster.withRecipe('quorum').map(({ name }) => name)
          if (members.some((name) => !steps.has(name))) return undefined
          const named = members.map((name) => before(steps.get(name) ?? []) ?? members.join(''))
          const lists = named.filter((each) => each !== '')
          const far = (each: string) => Math.abs(each.length - members.length)
          const nearest = lists.reduce((a, b) => (far(b) < far(a) ? b : a), lists[0] ?? '')
          const all = [...members, ...retiring(cluster, 'quorum').map(({ name }) => name)]
          return all.filter((name) => nearest.includes(name))
        },
        yields: async ({ host, net }) => void (await net.read(sh`rm -f leads; echo ${host.name} yields >>${log}`)),
      },
      farewell: {
        leave: async ({ host, net }) => void (await net.read(sh`rm -f d.read; echo ${host.name} left >>${log}`)),
        forget: async ({ net }, gone) => void (await net.read(sh`echo ${gone.name} forgotten >>${log}`)),
      },
    },
  )
}

/** A quorum on hosts that are folders. */
export interface Lab {
  readonly hosts: Readonly<Record<string, FakeHost>>
  readonly run: ReturnType<typeof runner>
  /** `retire`: hosts that are leaving. */
  cluster(names: string, retire?: string): Cluster
  /**
   * The history of members, in order: the host, and the members that it was started with, or `yields`, `left`,
   * `forgotten`.
   */
  log(): readonly (readonly [who: string, what: string])[]
  end(): void
}

/** Three hosts of which the first runs alone, or others. */
export async function lab(first = 'a'): Promise<Lab> {
  const hosts = Object.fromEntries(['a', 'b', 'c'].map((name) => [name, fakeHost()]))
  const dir = mkdtempSync(join(tmpdir(), 'provision-stages-'))
  const log = join(dir, 'log')
  const run = runner(hosts)
  const cluster = (names: string, retire = '') => {
    const { hosts: all, roles } = clusterOf([...names], quorum(hosts, log))
    const leaving = (name: string) => (retire.includes(name) ? { retire: true as const } : {})
    return makeCluster(
      all.map((host) => ({ ...host, ...leaving(host.name) })),
      roles,
    )
  }
  assert.is((await run.apply(cluster(first))).result.exitCode, 0)
  return {
    hosts,
    run,
    cluster,
    log: () =>
      readFileSync(log, 'utf8')
        .trim()
        .split('\n')
        .map((line) => line.split(' ') as [string, string]),
    end: () => {
      for (const each of Object.values(hosts)) each.remove()
      rmSync(dir, { recursive: true })
    },
  }
}

/** The wanted members, and those of them that are leaving. */
export interface Wanted {
  readonly names: string
  readonly retire?: string
}

const WORDS = ['yields', 'left', 'forgotten']

/**
 * All members that stay run, nothing is left of those that left, and no two members ever had memberships that differ by
 * more than one.
 */
export function well({ hosts, log }: Lab, { names, retire = '' }: Wanted, what: string): void {
  const stay = [...names].filter((name) => !retire.includes(name))
  const is = [...names].map((name) => hosts[name]?.read('d.read'))
  assert.equal(
    is,
    [...names].map((name) => (retire.includes(name) ? undefined : stay.join(''))),
    what,
  )
  const known = new Map<string, string>()
  for (const [who, said] of log()) {
    if (said === 'left') known.delete(who)
    if (WORDS.includes(said)) continue
    known.set(who, said)
    const sizes = [...known.values()].map((each) => each.length)
    assert.ok(Math.max(...sizes) - Math.min(...sizes) <= 1, `${what}: ${JSON.stringify(log())}`)
  }
}

/**
 * Kills a run from some members to others at each of these events, including the stages' own; the next run must finish
 * it. Returns how often it was killed.
 */
export async function killedAtEach(
  boundaries: readonly RunEvent['event'][],
  from: string,
  to: Wanted,
): Promise<number> {
  const whole = await lab(from)
  const { events } = await whole.run.apply(whole.cluster(to.names, to.retire))
  whole.end()
  const staged = events.slice(events.findIndex(({ event }) => event === 'stage'))
  const places = staged.filter(({ event }) => boundaries.includes(event)).length
  const queue = Array.from({ length: places }, (_, i) => i)
  const worker = async (): Promise<void> => {
    for (let place = queue.shift(); place !== undefined; place = queue.shift())
      await killedAt(place, boundaries, from, to)
  }
  await Promise.all(Array.from({ length: 4 }, worker))
  return places
}

async function killedAt(
  place: number,
  boundaries: readonly RunEvent['event'][],
  from: string,
  to: Wanted,
): Promise<void> {
  const one = await lab(from)
  try {
    const stop = new AbortController()
    let [begun, seen] = [false, 0]
    const onEvent = ({ event }: RunEvent): void => {
      begun ||= event === 'stage'
      if (begun && boundaries.includes(event) && seen++ === place) stop.abort()
    }
    const wanted = one.cluster(to.names, to.retire)
    await one.run.apply(wanted, { signal: stop.signal, leave: stop.signal, onEvent })
    const next = await one.run.apply(wanted, { wait: true })
    assert.is(next.result.exitCode, 0, `killed at ${place}: ${JSON.stringify(next.result.hosts)}`)
    well(one, to, `killed at ${place}`)
  } finally {
    one.end()
  }
}
