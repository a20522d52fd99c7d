import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { Simulation } from './simulation.ts'
import { get, started, type Task, types } from './started.ts'

/** What is told of tasks over their lives: incarnations, health, failures, lost agents, versions. */
const test = suite('marathon stand-in: life of tasks')

const http = (more: object = {}) => ({
  healthChecks: [
    { protocol: 'HTTP', path: '/', intervalSeconds: 1, gracePeriodSeconds: 5, maxConsecutiveFailures: 2, ...more },
  ],
})
const incarnations = (sim: Simulation) => get(sim).tasks.map(({ id }) => id.split('._app.')[1])
test('a killed task comes back as the next incarnation of its instance, without a deployment', () => {
  const sim = started({})
  const [{ id }] = get(sim).tasks as [Task]
  const count = sim.events.length
  assert.is(sim.request('DELETE', `/v2/apps/a/tasks/${id}`).status, 200)
  sim.until(() => incarnations(sim)[0] === '2' && get(sim).tasksRunning === 1)
  assert.is(get(sim).tasks[0]?.id, id.replace(/1$/, '2'))
  assert.ok(!types(sim, count).some((type) => type.startsWith('deployment')))
  assert.is(
    sim.request('DELETE', `/v2/apps/a/tasks/${id}`).status,
    200,
    'the id of an older incarnation names the instance',
  )
})

test('a task that waits for its relaunch shows what it was, without ports and version', () => {
  const sim = started({ backoffSeconds: 30 })
  sim.end(get(sim).tasks[0]?.id as string, 'TASK_FAILED')
  const { tasks, tasksRunning, lastTaskFailure } = get(sim)
  assert.equal([tasksRunning, tasks[0]?.state, tasks[0]?.ports, tasks[0]?.version], [0, 'TASK_FAILED', [], undefined])
  assert.is(lastTaskFailure?.state, 'TASK_FAILED')
})

test('who fails again waits twice as long; DELETE delay ends that', () => {
  const sim = started({ backoffSeconds: 5, backoffFactor: 2, maxLaunchDelaySeconds: 60 })
  const waits: number[] = []
  for (let i = 0; i < 3; i++) {
    sim.until(() => get(sim).tasksRunning === 1)
    sim.end(get(sim).tasks[0]?.id as string, 'TASK_FAILED')
    const { queue } = sim.request('GET', '/v2/queue').body as { queue: { delay: { timeLeftSeconds: number } }[] }
    waits.push(queue[0]?.delay.timeLeftSeconds as number)
  }
  assert.equal(waits, [5, 10, 20])
  assert.is(sim.request('DELETE', '/v2/queue/a/delay').status, 204)
  sim.run(6000)
  assert.is(get(sim).tasksRunning, 1)
})

test('TASK_FINISHED is relaunched too, and is no failure', () => {
  const sim = started({})
  sim.end(get(sim).tasks[0]?.id as string, 'TASK_FINISHED')
  sim.until(() => incarnations(sim)[0] === '2')
  assert.is(get(sim).lastTaskFailure, undefined)
})

test('Marathon kills at the third failure where two may be; results go on over the relaunch, without grace', () => {
  const sim = started(http())
  const count = sim.events.length
  for (const task of sim.mesos.tasks.values()) (task as { behaviour: object }).behaviour = { runs: 0, dies: 100 }
  sim.until(() => types(sim, count).includes('unhealthy_instance_kill_event'))
  const failures = types(sim, count).filter((type) => type === 'failed_health_check_event').length
  assert.is(failures, 3)
  sim.until(() => incarnations(sim)[0] === '2' && get(sim).tasksRunning === 1)
  const [result] = get(sim).tasks[0]?.healthCheckResults ?? []
  assert.ok((result?.consecutiveFailures ?? 0) >= 3 && result?.lastSuccess !== undefined)
  assert.match(
    get(sim).lastTaskFailure?.message ?? '',
    /^Task was killed since health check failed\. Reason: 500 Internal Server Error$/,
  )
})

test('within the grace a task that is not yet healthy is unhealthy, and no check has failed', () => {
  const sim = new Simulation()
  sim.request('POST', '/v2/apps', {
    id: '/a',
    cmd: 'x',
    cpus: 0.1,
    env: { MODE: 'sick' },
    ...http({ gracePeriodSeconds: 60 }),
  })
  sim.run(20_000)
  const { tasksUnhealthy, tasks } = get(sim)
  assert.is(tasksUnhealthy, 1)
  assert.equal(
    tasks[0]?.healthCheckResults.map(({ alive, consecutiveFailures }) => [alive, consecutiveFailures]),
    [[false, 0]],
  )
  assert.ok(!sim.events.some((e) => e.eventType === 'failed_health_check_event'))
})

test("after a change of leaders Marathon's own results are blank for an interval, Mesos's are not", () => {
  const sim = started(http({ intervalSeconds: 5 }))
  sim.request('POST', '/v2/apps', { id: '/m', cmd: 'x', cpus: 0.1, ...http({ protocol: 'MESOS_HTTP' }) })
  sim.until(() => sim.idle())
  sim.failover()
  const blank = get(sim)
  assert.equal(
    [blank.tasksRunning, blank.tasksHealthy, blank.tasksUnhealthy, blank.tasks[0]?.healthCheckResults],
    [1, 0, 0, []],
  )
  assert.equal([get(sim, '/m').tasksHealthy, get(sim, '/m').tasks[0]?.healthCheckResults[0]?.alive], [1, true])
  sim.run(6000)
  assert.is(get(sim).tasksHealthy, 1)
})

test('a lost agent: at once replaced by default, kept where there is a strategy', () => {
  const unreachable = (sim: Simulation) => {
    const [{ id }] = get(sim).tasks as [Task]
    sim.input({
      on: 'status',
      status: { task_id: { value: id }, state: 'TASK_UNREACHABLE', message: 'health check timed out' },
    })
    return id
  }
  const gone = started({})
  const lost = unreachable(gone)
  assert.ok(gone.events.some((e) => e.condition === 'UnreachableInactive'))
  assert.not.ok(get(gone).tasks.some(({ id }) => id === lost))
  gone.until(() => get(gone).tasksRunning === 1)

  const kept = started({ unreachableStrategy: { inactiveAfterSeconds: 10, expungeAfterSeconds: 30 } })
  const away = unreachable(kept)
  assert.equal(
    get(kept).tasks.map(({ id, state }) => [id, state]),
    [[away, 'TASK_UNREACHABLE']],
  )
  assert.is(get(kept).tasksRunning, 0)
  kept.input({
    on: 'status',
    status: { task_id: { value: away }, state: 'TASK_RUNNING', message: 'Unreachable agent re-reregistered' },
  })
  assert.equal(
    get(kept).tasks.map(({ state }) => state),
    ['TASK_RUNNING'],
  )
})

test('GROUP_BY without a number: nothing is launched any more, whatever it is, until a new leader', () => {
  const sim = new Simulation()
  sim.request('POST', '/v2/apps', { id: '/g', cmd: 'x', constraints: [['hostname', 'GROUP_BY']] })
  sim.run(10_000)
  sim.request('POST', '/v2/apps', { id: '/a', cmd: 'x' })
  sim.run(60_000)
  assert.is(sim.mesos.tasks.size, 0)
  sim.request('DELETE', '/v2/apps/g')
  sim.run(60_000)
  assert.is(sim.mesos.tasks.size, 0)
  sim.failover()
  sim.run(10_000)
  assert.is(get(sim).tasksRunning, 1)
})

test('a task that no instance stands for is killed', () => {
  const sim = started({})
  const [task] = [...sim.mesos.tasks.values()]
  sim.world = { ...sim.world, instances: {} }
  sim.input({ on: 'status', status: { task_id: task!.info.task_id, state: 'TASK_RUNNING' } })
  sim.run(300)
  assert.ok(task?.dead !== undefined)
})

test('a readiness check holds a deployment up', () => {
  const ready = {
    portDefinitions: [{ port: 0, name: 'main' }],
    readinessChecks: [{ portName: 'main', intervalSeconds: 1, preserveLastResponse: true }],
  }
  const sim = new Simulation()
  sim.request('POST', '/v2/apps', { id: '/a', cmd: 'x', cpus: 0.1, ...ready })
  sim.until(() => get(sim).tasksRunning === 1)
  const [running] = sim.request('GET', '/v2/deployments').body as {
    currentActions: { readinessCheckResults: { ready: boolean }[] }[]
  }[]
  assert.is(running?.currentActions[0]?.readinessCheckResults[0]?.ready, false)
  sim.until(() => sim.idle())
  sim.run(100)
  assert.equal(sim.world.ready, {}, 'results are shown only while it runs')
})

test.run()
