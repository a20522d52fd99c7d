import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { concerns, isRelevant, react, statusUpdate } from '../../src/registrar/services/react.ts'
import type { Registration } from '../../src/registrar/services/registration.ts'
import { look } from '../../src/registrar/services/view.ts'
import { ADDRESS, app, SELF, SLAVE, task, taskId } from './support.ts'

const test = suite('registrar/react')
const A = taskId('web', 'aaaaaaaa')
const OLD = taskId('shop', '0dd0dd00')
const reg = (id: string, port: number): Registration =>
  [...look([app('/web', { tasks: [task(id, { ports: [port] })] })], SELF).seen.values()][0]
    ?.registration as Registration
const owned = new Map([reg(A, 31001), reg(OLD, 31002)].map((each) => [each.id, each]))
const update = (taskId: string, taskStatus: string, ports: readonly number[] = [], slaveId = SLAVE) =>
  statusUpdate(
    JSON.stringify({ taskId, taskStatus, ports, slaveId, host: ADDRESS, eventType: 'status_update_event' }),
  ) as NonNullable<ReturnType<typeof statusUpdate>>

for (const [what, event, expected] of [
  ['is being killed', update(A, 'TASK_KILLING', [31001]), ['+a draining']],
  ['has ended', update(A, 'TASK_KILLED', [31001]), ['-a']],
  ['is unknown to Mesos', update(A, 'TASK_UNKNOWN', [], ''), ['-a']],
  ['is not reached', update(A, 'TASK_UNREACHABLE', [31001]), []],
  ['runs', update(A, 'TASK_RUNNING', [31001]), []],
  ['starts on the port of an old one', update(taskId('x', 'cccccccc'), 'TASK_STARTING', [31002]), ['-0']],
  [
    'runs, with the port of an old one as its second',
    update(taskId('x', 'cccccccc'), 'TASK_RUNNING', [31005, 31001]),
    ['-a'],
  ],
  ['is being killed and was never registered', update(taskId('x', 'cccccccc'), 'TASK_KILLING', [31001]), []],
] as const) {
  test(`a task that ${what}`, () => {
    const { deregister, register } = react(event, owned)
    const short = (id: string) => /instance-(.)/.exec(id)?.[1]
    assert.equal(
      [...deregister.map((id) => `-${short(id)}`), ...register.map(({ id, meta }) => `+${short(id)} ${meta.state}`)],
      expected,
    )
  })
}

const OTHERS = { apps: new Set(['/web']), foreign: new Set(['web.instance-f']) }

test('killed twice: written once', () => {
  const [draining] = react(update(A, 'TASK_KILLING'), owned).register
  const now = new Map([[draining?.id as string, draining as Registration]])
  assert.equal(react(update(A, 'TASK_KILLING'), now), { deregister: [], register: [] })
})

test('whose event it is', () => {
  assert.ok(concerns(SELF, owned, update(taskId('x', 'cccccccc'), 'TASK_RUNNING')))
  assert.not(concerns(SELF, owned, update(taskId('x', 'cccccccc'), 'TASK_RUNNING', [], 'S0')))
  assert.ok(
    concerns(SELF, owned, update(A, 'TASK_UNKNOWN', [], '')),
    'Mesos does not know the agent of what it does not know',
  )
})

for (const [what, event, data, relevant] of [
  ['a status of this slave', 'status_update_event', { slaveId: SLAVE }, true],
  ['a status of another', 'status_update_event', { slaveId: 'S0' }, false],
  ['an instance on another', 'instance_changed_event', { agentId: 'S0', host: 'x' }, false],
  ['an instance on none yet', 'instance_changed_event', { agentId: null }, true],
  [
    'health of an instance on another',
    'instance_health_changed_event',
    { instanceId: 'web.instance-f', runSpecId: '/web' },
    false,
  ],
  [
    'health of one that we do not know',
    'health_status_changed_event',
    { instanceId: 'web.instance-g', appId: '/web' },
    true,
  ],
  [
    'health of an app that is not balanced',
    'health_status_changed_event',
    { instanceId: 'x.instance-g', appId: '/x' },
    false,
  ],
  ['the end of a deployment', 'deployment_success', { id: 'x' }, true],
  ['its own attaching', 'event_stream_attached', { remoteAddress: ADDRESS }, false],
] as const) {
  test(`${what} is ${relevant ? 'a reason to look' : 'none of our business'}`, () =>
    assert.is(isRelevant({ event, data: JSON.stringify(data) }, SELF, OTHERS), relevant))
}

test('what is no JSON is a reason to look, and no status', () => {
  assert.ok(isRelevant({ event: 'x', data: '{' }, SELF, OTHERS))
  for (const data of ['{', 'null', '{"taskId":1}', '[]']) assert.is(statusUpdate(data), undefined)
})

test.run()
