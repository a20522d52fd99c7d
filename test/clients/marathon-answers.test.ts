import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { parseApp, parseDeployments, parseQueue, parseRefusal } from '../../src/clients/marathon-answers.ts'
import { json, recorded } from './marathon-answers-of.ts'

const test = suite('what Marathon answers')

test('an app: its definition can be sent again, its tasks have their versions', () => {
  const app = parseApp(json('42_GET_app'))
  assert.equal(
    [app.id, app.instances, app.version, app.configVersion, app.deployments],
    ['/web', 2, '2026-11-22T10:43:26.398Z', '2026-11-22T10:43:26.398Z', []],
  )
  assert.equal(
    Object.keys(app.definition).filter((key) => /^(version|tasks|deployments|lastTask)/.test(key)),
    [],
  )
  assert.equal(app.tasks[0], {
    id: 'web.instance-8c44c806-e661-11f1-87f4-193e2279135e._app.1',
    host: 'agent1',
    slaveId: '25c79001-dd24-4d9b-8890-c0411d5abefa-S1',
    state: 'TASK_RUNNING',
    version: '2026-11-22T10:43:26.398Z',
    healthy: undefined,
    ports: [31058],
  })
  assert.is(app.lastFailure, undefined)
})

test('an update that is stuck: old tasks are healthy, new ones wait without a version', () => {
  const app = parseApp(json('59_GET_upg_stuck'))
  assert.equal(
    app.tasks.map(({ state, version, healthy }) => [state, version, healthy]),
    [
      ['TASK_RUNNING', '2026-11-22T10:50:21.108Z', true],
      ['TASK_RUNNING', '2026-11-22T10:50:21.108Z', true],
      ['TASK_FAILED', '', undefined],
      ['TASK_FAILED', '', undefined],
    ],
  )
  assert.equal(
    [app.deployments.length, app.lastFailure?.message, app.lastFailure?.version],
    [1, 'Command exited with status 1', app.configVersion],
  )
})

test('a scaled app: its definition is of an older version', () => {
  const app = parseApp(json('57_GET_scaled_down'))
  assert.equal([app.version, app.configVersion], ['2026-11-22T11:08:14.836Z', '2026-11-22T11:07:59.122Z'])
})

test('a task that a check found ill', () =>
  assert.equal(
    parseApp(json('62_GET_hc_MESOS_HTTP_killed')).tasks.map(({ healthy }) => healthy),
    [false],
  ))

test('deployments', () =>
  assert.equal(parseDeployments(json('41_deployments_running')), [
    {
      id: 'a9fef32b-2094-487a-814d-84033e906eea',
      version: '2026-11-22T10:43:26.398Z',
      apps: ['/web'],
      doing: 'ScaleApplication /web',
    },
  ]))

test('the queue: why offers are refused, and what is held back', () => {
  assert.equal(parseQueue(json('51_queue_insufficient_embed')), [
    { app: '/big', count: 1, delay: 0, refused: [{ reason: 'InsufficientCpus', declined: 2, processed: 2 }] },
  ])
  assert.equal(
    parseQueue(json('54_queue_backoff')).map(({ app, delay, refused }) => [app, delay, refused]),
    [['/fail', 3, []]],
  )
})

for (const [name, says] of [
  ['30_POST_bad_constraint', /^Object is not valid; \/constraints: operator must be one of the following UNIQUE/],
  ['59_PUT_malformed', /^Invalid JSON; Unexpected character \('b' \(code 98\)\)/],
  ['41_PUT_409_locked', /^App is locked by one or more deployments/],
] as const) {
  test(`${name} in one sentence`, () => assert.match(parseRefusal(recorded(name).body), says))
}

test('something else is no answer', () => {
  for (const parse of [parseApp, parseDeployments, parseQueue])
    assert.throws(() => parse({ hello: 1 }), /^this is not what Marathon answers/)
})

test.run()
