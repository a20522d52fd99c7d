import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { Simulation } from './simulation.ts'

/**
 * What the real one was seen to do to healthy tasks, in 60 runs: 4 healthy v1 tasks, an update to v2 that is stuck (2
 * v2 tasks that never become healthy, over-capacity 0.5), and a way back from there. Told is how many of the four were
 * replaced and the least number that served.
 */
const test = suite('marathon stand-in: habits')

interface Kind {
  readonly mode: 'sick' | 'exit' | 'slow'
  readonly protocol: 'HTTP' | 'MESOS_HTTP'
}

const definition = (mode: string, protocol: string, over: number, extra: object = {}) => ({
  id: '/web',
  cmd: 'x',
  cpus: 0.1,
  instances: 4,
  env: { MODE: mode },
  healthChecks: [
    {
      protocol,
      path: '/health',
      gracePeriodSeconds: 300,
      intervalSeconds: 1,
      timeoutSeconds: 1,
      maxConsecutiveFailures: 3,
    },
  ],
  upgradeStrategy: { minimumHealthCapacity: 1, maximumOverCapacity: over },
  ...extra,
})

const tasksOf = (sim: Simulation, mode: string): string[] =>
  [...sim.mesos.tasks.values()]
    .filter(({ info }) => JSON.stringify(info.command).includes(`"value":"${mode}"`))
    .map(({ info }) => info.task_id.value)
    .sort()

/** Four healthy v1 tasks and a stuck deployment of v2. */
const stuck = ({ mode, protocol }: Kind, over = 0.5) => {
  const sim = new Simulation()
  const v1 = definition('ok', protocol, over)
  sim.request('POST', '/v2/apps', v1)
  sim.until(() => sim.idle())
  sim.run(15_000) // the first look at the number of instances, 15 s after the election, is over
  const { version } = (sim.request('GET', '/v2/apps/web').body as { app: { version: string } }).app
  const old = tasksOf(sim, 'ok')
  assert.is(sim.request('PUT', '/v2/apps/web?partialUpdate=false', definition(mode, protocol, over)).status, 200)
  sim.run(9000)
  const deployment = (sim.request('GET', '/v2/deployments').body as { id: string }[])[0]?.id as string
  assert.equal(tasksOf(sim, 'ok'), old, 'nothing has happened to the old tasks so far')
  return { sim, v1, version, old, deployment, since: sim.now }
}

type Stuck = ReturnType<typeof stuck>

const forcePut = ({ sim }: Stuck, body: object) =>
  assert.is(sim.request('PUT', '/v2/apps/web?force=true&partialUpdate=false', body).status, 200)

/** The way that keeps the old tasks: as many instances as there are, then exactly the new ones away. */
const hold = ({ sim, old }: Stuck) => {
  const { tasks } = (sim.request('GET', '/v2/apps/web').body as { app: { tasks: { id: string }[] } }).app
  const ids = tasks.map(({ id }) => id).filter((id) => !old.includes(id))
  assert.is(sim.request('PUT', '/v2/apps/web?force=true', { instances: tasks.length }).status, 200)
  const answer = sim.request('POST', '/v2/tasks/delete?scale=true&force=true', { ids })
  assert.is(answer.status, 200)
}

const ways: Record<string, (s: Stuck) => void> = {
  'DELETE deployment': ({ sim, deployment }) =>
    assert.is(sim.request('DELETE', `/v2/deployments/${deployment}`).status, 200),
  'force PUT {version}': ({ sim, version }) =>
    assert.is(sim.request('PUT', '/v2/apps/web?force=true', { version }).status, 200),
  'force PUT v1': (s) => forcePut(s, s.v1),
  'DELETE with force, PUT v1': (s) => {
    assert.is(s.sim.request('DELETE', `/v2/deployments/${s.deployment}?force=true`).status, 202)
    forcePut(s, s.v1)
  },
  H: hold,
  'H, PUT v1': (s) => {
    hold(s)
    s.sim.until(() => s.sim.idle())
    forcePut(s, s.v1)
  },
  'R: PUT v1 with all instances, then 4': (s) => {
    forcePut(s, { ...s.v1, instances: 6 })
    s.sim.until(() => s.sim.idle())
    assert.is(s.sim.request('PUT', '/v2/apps/web', { instances: 4 }).status, 200)
  },
}

const sick: Kind = { mode: 'sick', protocol: 'HTTP' }
const sickToMesos: Kind = { mode: 'sick', protocol: 'MESOS_HTTP' }
const exits: Kind = { mode: 'exit', protocol: 'HTTP' }

// way, kind of v2, of the four old tasks: replaced, the least number of healthy tasks (a range where chance decides)
const table: [keyof typeof ways, Kind, number, [number, number]][] = [
  ['DELETE deployment', sick, 4, [2, 3]],
  ['DELETE deployment', sickToMesos, 4, [4, 4]],
  ['DELETE deployment', exits, 4, [2, 3]],
  ['force PUT {version}', sick, 4, [2, 3]],
  ['force PUT {version}', sickToMesos, 4, [4, 4]],
  ['force PUT v1', sick, 4, [2, 3]],
  ['force PUT v1', sickToMesos, 4, [4, 4]],
  ['force PUT v1', exits, 4, [2, 3]],
  ['DELETE with force, PUT v1', sick, 4, [2, 3]],
  ['DELETE with force, PUT v1', sickToMesos, 4, [4, 4]],
  ['H', sick, 0, [4, 4]],
  ['H', sickToMesos, 0, [4, 4]],
  ['H', exits, 0, [4, 4]],
  ['H, PUT v1', sick, 4, [4, 4]],
  ['H, PUT v1', sickToMesos, 4, [4, 4]],
  ['H, PUT v1', exits, 4, [4, 4]],
  ['R: PUT v1 with all instances, then 4', sick, 4, [4, 4]],
  ['R: PUT v1 with all instances, then 4', sickToMesos, 4, [4, 4]],
  ['R: PUT v1 with all instances, then 4', exits, 4, [4, 4]],
]

for (const [way, kind, replaced, [low, high]] of table)
  test(`${way}; v2 ${kind.mode} (${kind.protocol}): ${replaced} replaced, never below ${low}`, () => {
    const s = stuck(kind)
    ways[way]?.(s)
    s.sim.until(() => s.sim.idle())
    const left = tasksOf(s.sim, 'ok').filter((id) => s.old.includes(id))
    assert.is(s.old.length - left.length, replaced, 'old tasks replaced')
    assert.is(tasksOf(s.sim, kind.mode).length, 0, 'no new task is left')
    const least = s.sim.least(s.since)
    assert.ok(least >= low && least <= high, `${least} healthy tasks at the least`)
  })

test('DELETE with force, nothing else: the surplus stays until a task ends, then healthy old ones die', () => {
  const s = stuck(sick)
  s.sim.request('DELETE', `/v2/deployments/${s.deployment}?force=true`)
  s.sim.run(60_000)
  assert.is(tasksOf(s.sim, 'ok').length, 4, 'nothing at once')
  const [victim] = tasksOf(s.sim, 'sick')
  s.sim.end(victim as string, 'TASK_FAILED')
  s.sim.run(20_000)
  assert.is(s.sim.instances('/web').length, 4)
  assert.is(
    tasksOf(s.sim, 'ok').length,
    3,
    'one healthy old task went with the surplus, while the failed new one came back',
  )
})

test('force PUT {instances: 4} is a no-op: the stuck deployment goes on', () => {
  const s = stuck(sick)
  const answer = s.sim.request('PUT', '/v2/apps/web?force=true', { instances: 4 })
  s.sim.run(30_000)
  assert.is(answer.status, 200)
  assert.equal(Object.keys(s.sim.world.deployments), [s.deployment])
  assert.is(s.sim.instances('/web').length, 6)
})

for (const [over, killed] of [
  [0.5, 2],
  [1.0, 4],
] as const)
  test(`a leader change in the middle, over-capacity ${over}: ${killed} of 4 healthy old tasks die at once`, () => {
    const s = stuck({ mode: 'slow', protocol: 'MESOS_HTTP' }, over)
    s.sim.failover()
    s.sim.run(1000)
    assert.is(tasksOf(s.sim, 'ok').length, 4 - killed)
    assert.equal(Object.keys(s.sim.world.deployments), [s.deployment], 'it goes on under its id')
    s.sim.until(() => s.sim.idle())
    assert.is(tasksOf(s.sim, 'slow').length, 4)
  })

test('a leader change in a deployment: Mesos said that the first new tasks are healthy, and Marathon never says so again', () => {
  const s = stuck({ mode: 'slow', protocol: 'MESOS_HTTP' })
  const results = (mode: string): number[] => {
    const { tasks } = (
      s.sim.request('GET', '/v2/apps/web').body as { app: { tasks: { id: string; healthCheckResults: unknown[] }[] } }
    ).app
    const ids = tasksOf(s.sim, mode)
    return tasks.filter(({ id }) => ids.includes(id)).map(({ healthCheckResults }) => healthCheckResults.length)
  }
  s.sim.until(() => s.sim.instances('/web').some(({ version, healthy }) => version > s.version && healthy === true))
  s.sim.failover()
  s.sim.until(() => s.sim.idle())
  s.sim.run(60_000)
  assert.equal(results('slow').sort(), [0, 0, 1, 1])
})

test('a refused PUT takes the lock of the running deployment away: the next task failure kills the surplus', () => {
  const s = stuck(sick)
  const refused = s.sim.request('PUT', '/v2/apps/web', { env: { MODE: 'ok', N: '3' } })
  assert.is(refused.status, 409)
  const failed = s.sim.events.filter((e) => e.eventType === 'deployment_failed').at(-1) as unknown as {
    id: string
    reason: string
  }
  assert.is.not(failed.id, s.deployment)
  assert.match(failed.reason, /^App is locked/)
  s.sim.run(30_000)
  assert.is(tasksOf(s.sim, 'ok').length, 4, 'nothing yet')
  s.sim.end(tasksOf(s.sim, 'sick')[0] as string, 'TASK_FAILED')
  s.sim.run(1000)
  assert.ok(tasksOf(s.sim, 'ok').length < 4, 'healthy old tasks died')
})

test('without a refused PUT, a task failure during a deployment kills nothing', () => {
  const s = stuck(sick)
  s.sim.end(tasksOf(s.sim, 'sick')[0] as string, 'TASK_FAILED')
  s.sim.run(10_000)
  assert.is(tasksOf(s.sim, 'ok').length, 4)
})

test('a create that finds no room succeeds under the next leader, and stays in the queue', () => {
  const sim = new Simulation()
  sim.request('POST', '/v2/apps', { id: '/never', cmd: 'x', cpus: 64 })
  sim.run(20_000)
  assert.not.ok(sim.idle())
  sim.failover()
  assert.ok(sim.idle())
  assert.is(sim.events.at(-1)?.eventType, 'deployment_success')
  const { queue } = sim.request('GET', '/v2/queue').body as { queue: { count: number; app: { id: string } }[] }
  assert.equal(
    queue.map(({ count, app }) => [app.id, count]),
    [['/never', 1]],
  )
})

test.run()
