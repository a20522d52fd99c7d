import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { Simulation } from './simulation.ts'

/**
 * Updates of four instances under different strategies, as 70_* of the recordings: who starts and dies at once, and
 * what follows what.
 */
const test = suite('marathon stand-in: rolling updates')

type Health = 'none' | 'HTTP'

const begun = (min: number, over: number, health: Health) => {
  const sim = new Simulation()
  const checks =
    health === 'none'
      ? {}
      : { healthChecks: [{ protocol: health, path: '/', intervalSeconds: 1, maxConsecutiveFailures: 0 }] }
  const upgradeStrategy = { minimumHealthCapacity: min, maximumOverCapacity: over }
  sim.request('POST', '/v2/apps', { id: '/roll', cmd: 'x', cpus: 0.1, instances: 4, upgradeStrategy, ...checks })
  sim.until(() => sim.idle())
  sim.run(10_000)
  const old = sim.instances('/roll').map(({ id }) => id)
  sim.request('PUT', '/v2/apps/roll', { env: { X: '1' } })
  return { sim, old }
}

/** Old instances told to die, and new ones scheduled. */
const now = ({ sim, old }: ReturnType<typeof begun>) => {
  const there = sim.instances('/roll')
  return [
    old.length - there.filter(({ id, goal }) => old.includes(id) && goal === 'Running').length,
    there.filter(({ id }) => !old.includes(id)).length,
  ]
}

// min, over, checks: killed and started at once; the most old ones told to die while no new one runs
const table: readonly (readonly [number, number, Health, number, number])[] = [
  [1, 1, 'none', 0, 4],
  [0.5, 0, 'none', 2, 0],
  [1, 0, 'none', 0, 1],
  [0, 0, 'none', 4, 0],
  [0.75, 0.25, 'none', 1, 1],
  [0.75, 0.25, 'HTTP', 0, 1],
]
for (const [min, over, health, killed, started] of table)
  test(`min ${min}, over ${over}, checks ${health}: kills ${killed} and starts ${started} at once, and ends with four new ones`, () => {
    const update = begun(min, over, health)
    assert.equal(now(update), [killed, started])
    update.sim.until(() => update.sim.idle())
    assert.equal(now(update), [4, 4])
  })

test('an old task is told to die some 60 ms after a new one is healthy, and not before', () => {
  const { sim, old } = begun(1, 1, 'HTTP')
  const count = sim.events.length
  sim.until((world) => old.some((id) => world.instances[id]?.goal === 'Decommissioned'))
  const since = sim.events.slice(count)
  const healthy = since.filter((e) => e.eventType === 'instance_health_changed_event' && e.healthy === true)
  const told = since.filter((e) => e.eventType === 'instance_changed_event' && old.includes(e.instanceId as string))
  assert.ok(healthy.length >= told.length && told.length > 0)
  const deadline = sim.now + 200
  sim.until(() => [...sim.mesos.tasks.values()].some(({ dead }) => dead !== undefined), deadline)
})

test('with checks by Marathon and no over-capacity nothing begins at all', () => {
  const update = begun(1, 0, 'HTTP')
  update.sim.run(120_000)
  assert.equal(now(update), [0, 0])
  assert.not.ok(update.sim.idle())
})

test('a scale-down takes the youngest, or the oldest', () => {
  for (const [killSelection, from] of [
    ['YOUNGEST_FIRST', 0],
    ['OLDEST_FIRST', 2],
  ] as const) {
    const sim = new Simulation()
    sim.request('POST', '/v2/apps', { id: '/a', cmd: 'x', cpus: 0.1, instances: 1, killSelection })
    for (const instances of [2, 3]) {
      sim.until(() => sim.idle())
      sim.request('PUT', '/v2/apps/a', { instances })
    }
    sim.until(() => sim.idle())
    const all = sim.instances('/a').map(({ id }) => id)
    sim.request('PUT', '/v2/apps/a', { instances: 1 })
    sim.until(() => sim.idle())
    assert.equal(
      sim.instances('/a').map(({ id }) => id),
      all.slice(from, from + 1),
    )
  }
})

test.run()
