// Logins and tokens that are refused while the registrar runs: its health says which variable holds them.
import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { registrar } from '../../../recipes/registrar.ts'
import { fakeNet } from '../../support/fake-net.ts'
import type { Asked, Said } from '../../support/http-peer.ts'
import { slaves } from '../load-balancer/support.ts'
import { probe } from './status.ts'

process.env.REGISTRAR_TEST = 'hunter2'
const test = suite('recipes/registrar: logins')

const LOCKED = { marathon: '10.0.0.1:8080: it answered 401', locked: true, attached: false }
for (const [what, more, variable] of [
  ["Marathon's own", {}, 'vars.marathon.credentials'],
  ['one of its own', { registrar: { credentials: 'env:REGISTRAR_TEST' } }, 'vars.registrar.credentials'],
] as const)
  test(`health of one whose login Marathon refuses: ${what}`, async () => {
    const cluster = slaves(more)
    const net = fakeNet({}, () => probe(LOCKED))
    assert.equal(await registrar.health?.(cluster.host('slave-1'), cluster, net), {
      green: false,
      variable,
      says: `Marathon refuses its login, ${variable}: 10.0.0.1:8080: it answered 401 (frozen: 2 tasks serve)`,
    })
  })

const WEB = { services: ['web'], wanted: { web: 2, api: 1 } }
const TOKEN = 'vars.registrar.consulToken'
for (const [what, answer, more, health] of [
  [
    'may register all',
    { body: [{ Allow: true }, { Allow: true }] },
    WEB,
    { green: true, says: 'attached, 2 tasks serve' },
  ],
  [
    'may not register one service, of which nothing is to be registered just now',
    { body: [{ Allow: true }, { Allow: false }] },
    WEB,
    { green: false, variable: TOKEN, says: `its token, ${TOKEN}, may not register web (service:write)` },
  ],
  [
    'may register nothing, and Marathon is away',
    { body: [{ Allow: false }, { Allow: false }] },
    { ...WEB, marathon: 'x' },
    { green: false, variable: TOKEN, says: `its token, ${TOKEN}, may not register api, web (service:write)` },
  ],
  [
    'is unknown',
    { status: 403, body: 'ACL not found' },
    WEB,
    {
      green: false,
      variable: TOKEN,
      says: `Consul refuses its token, ${TOKEN}: POST /v1/internal/acl/authorize answered 403: ACL not found`,
    },
  ],
  ['is for a Consul without ACLs', { status: 401 }, WEB, { green: true, says: 'attached, 2 tasks serve' }],
  ['is for a Consul that cannot tell', { status: 404 }, WEB, { green: true, says: 'attached, 2 tasks serve' }],
] as const)
  test(`health: its token ${what}`, async () => {
    const cluster = slaves({ registrar: { consulToken: 'env:REGISTRAR_TEST' } })
    let asked: unknown
    const peer = (question: Asked): Said => {
      asked = [question.headers['x-consul-token'], JSON.parse(question.body)]
      return answer
    }
    const net = fakeNet({ '127.0.0.1:8500': peer }, () => probe(more))
    assert.equal(await registrar.health?.(cluster.host('slave-1'), cluster, net), health)
    assert.equal(asked, [
      process.env.REGISTRAR_TEST,
      ['api', 'web'].map((Segment) => ({ Resource: 'service', Access: 'write', Segment })),
    ])
  })

test.run()
