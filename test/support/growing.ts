/** A quorum of fake hosts that grows from one member to three, and what must hold while it does. */
import { mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import * as assert from 'uvu/assert'
import type { RunEvent } from '../../src/engine/events.ts'
import type { Step } from '../../src/model/plan.ts'
import type { Cluster } from '../../src/model/recipe.ts'
import { sh } from '../../src/shell/script.ts'
import { type FakeHost, fakeHost } from './fake-host.ts'
import { runner } from './runs-of.ts'
import { clusterOf, daemon, note, recipe } from './toys.ts'

/** The members that a host's file named before the steps; undefined where it says what is wanted. */
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
        return { green: runs !== undefined, down: runs === undefined, says: runs ?? 'does not run' }
      },
      membership: {
        title: 'Quorum',
        refusals: ['too-many'],
        now(cluster, steps) {
          const members = cluster.withRecipe('quorum').map(({ name }) => name)
          const named = members.map((name) => before(steps.get(name) ?? []) ?? members.join(''))
          const most = named.reduce((a, b) => (b.length > a.length ? b : a), '')
          return members.filter((name) => most.includes(name))
        },
      },
    },
  )
}

/** A quorum on hosts that are folders. */
export interface Lab {
  readonly hosts: Readonly<Record<string, FakeHost>>
  readonly run: ReturnType<typeof runner>
  cluster(names: string): Cluster
  /** Each start of a member, in order: who, and whom it was told of. */
  starts(): readonly (readonly [who: string, members: string])[]
  end(): void
}

/** Three hosts of which the first runs alone. */
export async function lab(): Promise<Lab> {
  const hosts = Object.fromEntries(['a', 'b', 'c'].map((name) => [name, fakeHost()]))
  const dir = mkdtempSync(join(tmpdir(), 'provision-stages-'))
  const log = join(dir, 'log')
  const run = runner(hosts)
  const cluster = (names: string) => clusterOf([...names], quorum(hosts, log))
  assert.is((await run.apply(cluster('a'))).result.exitCode, 0)
  return {
    hosts,
    run,
    cluster,
    starts: () =>
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

/** All run, and at no start did two members know of memberships that are further apart than one. */
export function well({ hosts, starts }: Lab, names: string, what: string): void {
  assert.equal(
    [...names].map((name) => hosts[name]?.read('d.read')),
    [...names].map(() => names),
    what,
  )
  const known = new Map<string, string>()
  for (const [who, members] of starts()) {
    known.set(who, members)
    const sizes = [...known.values()].map((each) => each.length)
    assert.ok(Math.max(...sizes) - Math.min(...sizes) <= 1, `${what}: ${JSON.stringify(starts())}`)
  }
}

/** Kills a run at each of these events, the stages' own; the next run must end right. Gives how often it was killed. */
export async function killedAtEach(boundaries: readonly RunEvent['event'][]): Promise<number> {
  const whole = await lab()
  const { events } = await whole.run.apply(whole.cluster('abc'))
  whole.end()
  const staged = events.slice(events.findIndex(({ event }) => event === 'stage'))
  const places = staged.filter(({ event }) => boundaries.includes(event)).length
  const queue = Array.from({ length: places }, (_, i) => i)
  const worker = async (): Promise<void> => {
    for (let place = queue.shift(); place !== undefined; place = queue.shift()) await killedAt(place, boundaries)
  }
  await Promise.all(Array.from({ length: 4 }, worker))
  return places
}

async function killedAt(place: number, boundaries: readonly RunEvent['event'][]): Promise<void> {
  const one = await lab()
  try {
    const stop = new AbortController()
    let [begun, seen] = [false, 0]
    const onEvent = ({ event }: RunEvent): void => {
      begun ||= event === 'stage'
      if (begun && boundaries.includes(event) && seen++ === place) stop.abort()
    }
    await one.run.apply(one.cluster('abc'), { signal: stop.signal, leave: stop.signal, onEvent })
    const next = await one.run.apply(one.cluster('abc'), { wait: true })
    assert.is(next.result.exitCode, 0, `killed at ${place}: ${JSON.stringify(next.result.hosts)}`)
    well(one, 'abc', `killed at ${place}`)
  } finally {
    one.end()
  }
}
