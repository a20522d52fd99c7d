import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import type { Task } from '../../src/registrar/marathon/answers.ts'
import { isOwn, isSilent, isStranger, look, neighbours, verdictOf } from '../../src/registrar/services/view.ts'
import { ADDRESS, alive, app, check, dead, ms, port, SELF, SLAVE, task, taskId } from './support.ts'

const test = suite('registrar/view')
const ID = taskId('web', '8c44c806')

for (const [what, checks, more, verdict] of [
  ['no checks', 0, {}, 'ready'],
  ['one check, alive since its start', 1, { results: [alive(102)] }, 'ready'],
  ['alive in the moment of its start', 1, { results: [alive(100)] }, 'ready'],
  ["a check that is blank, as after another's coming to lead", 1, {}, 'unknown'],
  ['two checks, one blank', 2, { results: [alive(102)] }, 'unknown'],
  ['two checks, both alive', 2, { results: [alive(102), alive(103)] }, 'ready'],
  ['alive before it was started: the one before it was', 1, { results: [alive(90)] }, 'unknown'],
  ['alive, but never seen so', 1, { results: [{ alive: true, lastSuccess: undefined }] }, 'unknown'],
  ['alive, but without a start', 1, { startedAt: undefined, results: [alive(102)] }, 'unknown'],
  ['failing', 1, { results: [dead] }, 'failing'],
  ['two checks, one failing', 2, { results: [alive(102), dead] }, 'failing'],
  ['being killed, alive', 1, { state: 'TASK_KILLING', results: [alive(102)] }, 'killing'],
  ['starting', 1, { state: 'TASK_STARTING', startedAt: undefined }, 'unknown'],
  ['staging', 0, { state: 'TASK_STAGING', startedAt: undefined }, 'unknown'],
  ['on an agent that the master does not reach', 0, { state: 'TASK_UNREACHABLE' }, 'unknown'],
  ['killed', 0, { state: 'TASK_KILLED' }, 'gone'],
  ['failed, waits for its relaunch', 1, { state: 'TASK_FAILED', ports: [], results: [alive(102)] }, 'gone'],
  ['lost', 0, { state: 'TASK_LOST' }, 'gone'],
] as const) {
  test(`a task: ${what}`, () =>
    assert.is(verdictOf({ checks: Array(checks).fill(check) }, task(ID, more as Partial<Task>), SELF), verdict))
}

// what Marathon lists, what the agent says
for (const [what, more, says, verdict] of [
  ['Marathon has forgotten, and its agent calls healthy', {}, true, 'ready'],
  ['Marathon has forgotten, and its agent calls sick', {}, false, 'failing'],
  ['Marathon calls sick, and its agent healthy', { results: [dead] }, true, 'failing'],
  ['Marathon knows by the one before it, and its agent calls healthy', { results: [alive(90)] }, true, 'ready'],
  ['is being killed, healthy', { state: 'TASK_KILLING' }, true, 'killing'],
  ['starts', { state: 'TASK_STARTING' }, true, 'unknown'],
] as const) {
  test(`a task that ${what}`, () => {
    const self = { ...SELF, health: new Map([[ID, says]]) }
    assert.is(verdictOf({ checks: [check] }, task(ID, more as Partial<Task>), self), verdict)
    const silent = verdict !== 'killing' && verdict !== 'unknown' && !/Marathon calls/.test(what)
    assert.is(isSilent(self, [app('/web', { checks: [check], tasks: [task(ID, more as Partial<Task>)] })]), silent)
  })
}

for (const [what, booted, verdict] of [
  ['before it started', 50, 'ready'],
  ['about when it started: clocks differ', 105, 'ready'],
  ['after it started: it went with the host, whatever Marathon knows', 120, 'gone'],
] as const) {
  test(`a host that booted ${what}`, () =>
    assert.is(verdictOf({ checks: [] }, task(ID), { ...SELF, bootedAt: ms(booted) }), verdict))
}

for (const [what, self, more, own] of [
  ["the agent's id", SELF, {}, true],
  ["another agent's id under our name: the one before", SELF, { slaveId: 'S0' }, false],
  ['a name, while the agent cannot be asked', { ...SELF, slaveId: undefined }, { slaveId: 'S0' }, true],
  ["another's name, while the agent cannot be asked", { ...SELF, slaveId: undefined }, { host: '10.0.0.22' }, false],
] as const) {
  test(`own: ${what}`, () => assert.is(isOwn(self, task(ID, more)), own))
}

test('another agent under our name means that we do not know ourselves', () => {
  const apps = (more: Partial<Task>) => [app('/web', { tasks: [task(ID, more)] })]
  assert.is(isStranger(SELF, apps({})), false)
  assert.is(isStranger(SELF, apps({ slaveId: 'S7' })), true)
  assert.is(isStranger(SELF, apps({ slaveId: 'S7', state: 'TASK_LOST' })), false)
  assert.is(isStranger(SELF, apps({ slaveId: 'S7', host: '10.0.0.22' })), false)
})

test('what is to be balanced here: enabled apps, own tasks, the wanted port', () => {
  const apps = [
    app('/web', { tasks: [task(ID), task(taskId('web', 'aaaaaaaa'), { slaveId: 'S0', host: '10.0.0.22' })] }),
    app('/worker', { labels: {}, tasks: [task(taskId('worker', 'bbbbbbbb'), { ports: [31002] })] }),
    app('/two', {
      ports: [port('http'), port('admin')],
      labels: { 'lb.enable': 'true', 'lb.port': '1', 'lb.host': 'two.example' },
      configuredAt: '2026-11-22T10:01:00.000Z',
      tasks: [task(taskId('two', 'cccccccc', 2), { ports: [31003, 31004] })],
    }),
    app('/idle', { instances: 0 }),
    app('/none', { instances: 3, tasks: [task(taskId('none', 'dddddddd'), { ports: [] })] }),
  ]
  const { seen, wanted, problems } = look(apps, SELF)
  assert.equal([...seen.keys()], [`provision:main:${ID}:0`, `provision:main:${taskId('two', 'cccccccc', 2)}:1`])
  const [web, two] = [...seen.values()]
  assert.equal(web?.registration, {
    id: `provision:main:${ID}:0`,
    name: 'web',
    address: ADDRESS,
    port: 31001,
    meta: {
      'managed-by': 'provision-registrar',
      cluster: 'main',
      app: '/web',
      task: ID,
      version: '2026-11-22T10:00:50.000Z',
      server: 't_8c44c806_1',
      state: 'serving',
      'lb-check-kind': 'tcp',
    },
  })
  assert.equal(
    [two?.registration.port, two?.registration.meta.server, two?.registration.meta['lb-host']],
    [31004, 't_cccccccc_2_p1', 'two.example'],
  )
  assert.equal([web?.old, two?.old], [false, true])
  assert.equal(wanted, { web: 1, two: 1, none: 3 })
  assert.equal(problems, ['/none: it has no port 0 on its host'])
})

test('instances of other slaves', () => {
  const tasks = [task(ID), task(taskId('web', 'aaaaaaaa'), { slaveId: 'S0' })]
  const { apps, foreign } = neighbours([app('/web', { tasks })], { ...SELF, slaveId: SLAVE })
  assert.equal([[...apps], [...foreign]], [['/web'], [taskId('web', 'aaaaaaaa').replace('._app.1', '')]])
})

test.run()
