// Logins that a daemon refuses while the cluster runs: whatever is red for it names the variable, in the sentence and as
// data (so that no gate waits long), and nothing else is blamed.
import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { SOURCES, stack } from '../recipes/support.ts'
import { answers, at, but, each, healthIn, MASTERS, type Peer, registrarSays, SLAVES } from './world.ts'

process.env.TEST_LOGIN = 'user:hunter2'
const test = suite('status: logins that are refused')
const REFUSED = { status: 401, body: 'Unauthorized' }

const OPERATOR = 'vars.mesos-master.operator'
const CREDENTIALS = 'vars.marathon.credentials'
// as an agent of Mesos 1.11 ends
const WORDS = 'slave.cpp:1669] EXIT with status 1: Master master@10.0.0.11:5050 refused authentication'

for (const [what, vars, world, red] of [
  [
    'the masters refuse our own',
    { 'mesos-master': { authenticateHttp: true, operator: { principal: 'ops', secret: 'env:TEST_LOGIN' } } },
    but(
      each<Peer>(MASTERS, (name) => ({
        [at(name, 5050)]: answers({ '/metrics/snapshot': REFUSED, '/slaves': REFUSED, '/api/v1': REFUSED }),
      })),
    ),
    [
      ...MASTERS.map((name) => [`${name} mesos-master`, OPERATOR]),
      ['m-1 marathon', OPERATOR],
      ...SLAVES.map((name) => [`${name} mesos-agent`, OPERATOR]),
    ],
  ],
  [
    'Marathon has another login than the registrars',
    { marathon: { ...SOURCES.marathon, credentials: 'env:TEST_LOGIN' } },
    but(
      {},
      each(SLAVES, (name) => ({
        [name]: {
          'provision-registrar': registrarSays({ marathon: '10.0.0.11:8080: it answered 401', locked: true }),
        },
      })),
    ),
    SLAVES.map((name) => [`${name} registrar`, CREDENTIALS]),
  ],
  [
    'Marathon has another login than ours',
    { marathon: { ...SOURCES.marathon, credentials: 'env:TEST_LOGIN' } },
    but(each<Peer>(MASTERS, (name) => ({ [at(name, 8080)]: answers({ '/v2/info': REFUSED }) }))),
    MASTERS.map((name) => [`${name} marathon`, CREDENTIALS]),
  ],
  [
    "the masters refuse an agent's",
    {
      'mesos-master': { authenticateAgents: true, credentials: [{ principal: 'agent', secret: 'env:TEST_LOGIN' }] },
      'mesos-agent': { credential: { principal: 'agent', secret: 'env:TEST_LOGIN' } },
    },
    but({ [at('s-1', 5051)]: undefined }, { 's-1': { 'unit_state mesos-agent': `activating\n${WORDS}\n` } }),
    [['s-1 mesos-agent', 'vars.mesos-agent.credential']],
  ],
  [
    "the masters refuse Marathon's",
    {
      'mesos-master': { authenticateFrameworks: true, credentials: [{ principal: 'm', secret: 'env:TEST_LOGIN' }] },
      marathon: { ...SOURCES.marathon, mesosPrincipal: 'm', mesosSecret: 'env:TEST_LOGIN' },
    },
    but({ [at('m-2', 8080)]: undefined }, { 'm-2': { 'unit_state marathon': `activating\n${WORDS}\n` } }),
    [['m-2 marathon', 'vars.marathon.mesosSecret']],
  ],
] as const)
  test(what, async () => {
    const is = await healthIn(stack({ vars }), world)
    assert.equal(is.map(([of, { variable }]) => [of, variable]).sort(), [...red].sort())
    for (const [of, { says, variable = 'no variable' }] of is) assert.ok(says.includes(variable), `${of}: ${says}`)
  })

test.run()
