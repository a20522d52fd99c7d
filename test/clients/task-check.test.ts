import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { parseTask } from '../../src/clients/mesos/answers.ts'
import { ownAnswer, questionOf } from '../../src/clients/task-check.ts'
import { TransportError } from '../../src/index.ts'
import { httpPeer } from '../support/http-peer.ts'

const test = suite("cluster/a task's own answer, and Mesos'")

const PORTS = [31000, 31001]
// checks of an app; what a task of it with these ports is asked
for (const [what, healthChecks, question] of [
  ['no checks', [], undefined],
  ['a check without a protocol', [{ path: '/up' }], { port: 31000, path: '/up' }],
  ['by Mesos, without a path', [{ protocol: 'MESOS_HTTP' }], { port: 31000, path: '/' }],
  ['at its second port', [{ protocol: 'MESOS_HTTP', path: '/', portIndex: 1 }], { port: 31001, path: '/' }],
  ['at a port that it has not', [{ protocol: 'HTTP', portIndex: 2 }], undefined],
  [
    "at a port of its own, by Marathon: the host's",
    [{ protocol: 'HTTP', path: '/', port: 8080 }],
    { port: 8080, path: '/' },
  ],
  ["at a port of its own, by Mesos: the container's", [{ protocol: 'MESOS_HTTP', path: '/', port: 8080 }], undefined],
  ['over TCP', [{ protocol: 'MESOS_TCP', portIndex: 0 }], { port: 31000 }],
  ['over TLS', [{ protocol: 'MESOS_HTTPS', path: '/' }], undefined],
  [
    'by a command, then over HTTP',
    [{ protocol: 'COMMAND', command: { value: 'x' } }, { protocol: 'HTTP' }],
    { port: 31000, path: '/' },
  ],
] as const)
  test(`what is asked: ${what}`, () => assert.equal(questionOf({ healthChecks }, { ports: PORTS }), question))

for (const [status, well] of [
  [200, true],
  [301, true],
  [399, true],
  [404, false],
  [500, false],
] as const)
  test(`an answer of ${status}`, async () =>
    assert.is(
      await ownAnswer(
        httpPeer(() => ({ status })),
        { port: 1, path: '/' },
      ),
      well,
    ))

const fails = (error: Error) => async () => {
  throw error
}
test('a port that refuses is an answer; none in time, or no way there, is none', async () => {
  const refused = fails(new TransportError('refused', '10.0.0.1:1 refused the connection'))
  const away = fails(new Error('GET /: no answer within 3 s'))
  assert.equal(await Promise.all([ownAnswer(refused, { port: 1 }), ownAnswer(away, { port: 1, path: '/' })]), [
    false,
    undefined,
  ])
  assert.is(
    await ownAnswer(
      httpPeer(() => ({})),
      { port: 1 },
    ),
    true,
  )
})

const at = (timestamp: number, healthy?: boolean, state = 'TASK_RUNNING') => ({
  state,
  timestamp,
  ...(healthy === undefined ? {} : { healthy }),
})
// the states that Mesos lists of a task; what it says of its health
for (const [what, statuses, healthy] of [
  ['nothing but that it runs', [at(1)], undefined],
  ['its check passes', [at(1), at(2, true)], true],
  ['its check fails since', [at(1), at(2, true), at(3, false)], false],
  ['in another order', [at(3, false), at(2, true)], false],
  ['it is killed', [at(1, true, 'TASK_KILLING')], undefined],
  ['no states', [], undefined],
] as const)
  test(`Mesos lists: ${what}`, () =>
    assert.equal(parseTask({ tasks: [{ id: 'other' }, { id: 'web.1', statuses }] }, 'web.1'), { healthy }))
test('Mesos does not list it', () => assert.is(parseTask({ tasks: [] }, 'web.1'), undefined))

test.run()
