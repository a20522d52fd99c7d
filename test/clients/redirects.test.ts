// Whoever answers may point anywhere: no client takes a login there.
import { createServer, type Server } from 'node:http'
import type { AddressInfo } from 'node:net'
import { connect } from 'node:net'
import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { NONE_IS_MISSED } from '../../src/balancing/chain.ts'
import { consulGet, consulLeader, consulPut } from '../../src/clients/consul.ts'
import { haproxyStats } from '../../src/clients/haproxy.ts'
import { type Dial, http, json, open } from '../../src/clients/http.ts'
import { marathon } from '../../src/clients/marathon.ts'
import { marathonMember } from '../../src/clients/marathon-member.ts'
import { agentState, agentTasks, taskWords } from '../../src/clients/mesos/agent.ts'
import { masterState, namedLeader, runningFlags } from '../../src/clients/mesos/master.ts'
import { mesos } from '../../src/clients/mesos/mesos.ts'
import { ownAnswer } from '../../src/clients/task-check.ts'
import { agentWord } from '../../src/registrar/host.ts'
import { marathonAt } from '../../src/registrar/marathon/stream.ts'
import { consulAt } from '../../src/registrar/services/consul.ts'
import { Secret } from '../../src/shell/secret.ts'

interface Ctx {
  /** The one that is asked, which redirects; and where it points. */
  server: Server
  elsewhere: Server
  url: string
  dial: Dial
  status: number
  /** Logins and tokens that came to each. */
  asked: (string | undefined)[]
  stolen: (string | undefined)[]
}
const test = suite<Ctx>('redirects')

const listening = async (server: Server, address: string): Promise<number> => {
  await new Promise<void>((resolve) => server.listen(0, address, resolve))
  return (server.address() as AddressInfo).port
}

test.before.each(async (ctx) => {
  Object.assign(ctx, { asked: [], stolen: [] })
  const login = (headers: Readonly<Record<string, unknown>>) =>
    String(headers.authorization ?? headers['x-consul-token'])
  ctx.elsewhere = createServer((request, response) => {
    ctx.stolen.push(login(request.headers))
    response.writeHead(401).end()
  })
  const evil = await listening(ctx.elsewhere, '127.0.0.2')
  ctx.server = createServer((request, response) => {
    ctx.asked.push(login(request.headers))
    response.writeHead(ctx.status, { Location: `http://127.0.0.2:${evil}${request.url}` }).end()
  })
  const port = await listening(ctx.server, '127.0.0.1')
  ctx.url = `http://127.0.0.1:${port}`
  ctx.dial = async () => connect(port, '127.0.0.1')
})
test.after.each((ctx) => {
  for (const server of [ctx.server, ctx.elsewhere]) {
    server.closeAllConnections()
    server.close()
  }
})

const secret = new Secret('ops:pw')
const credential = { principal: 'ops', secret: new Secret('pw') }
const patience = { connect: 1000, answer: 1000 }
const { signal } = new AbortController()
const Authorization = `Basic ${Buffer.from('ops:pw').toString('base64')}`

/** Everything that asks somebody, by what it is: does it say who asks? */
const clients: Readonly<Record<string, readonly [login: boolean, ask: (ctx: Ctx) => Promise<unknown>]>> = {
  http: [true, ({ dial }) => http(dial, { path: '/', headers: { Authorization } })],
  json: [true, ({ dial }) => json(dial, { path: '/', headers: { Authorization } })],
  open: [true, ({ dial }) => open(dial, { path: '/', headers: { Authorization } })],
  'Marathon, a look': [true, ({ dial }) => asMarathon(dial).apps()],
  'Marathon, a change': [true, ({ dial }) => asMarathon(dial).changes(NONE_IS_MISSED).scale('/web', 2)],
  'one Marathon': [true, ({ dial }) => marathonMember(dial, secret)],
  'Mesos, a look': [true, ({ dial }) => asMesos(dial).agents()],
  'Mesos, a change': [true, ({ dial }) => asMesos(dial).deactivate('S1')],
  'one master': [true, ({ dial }) => masterState(dial, credential)],
  "a master's flags": [true, ({ dial }) => runningFlags(dial, credential)],
  'the leader that a master names': [false, ({ dial }) => namedLeader(dial)],
  'an agent': [false, ({ dial }) => agentState(dial)],
  "an agent's tasks": [false, ({ dial }) => agentTasks(dial)],
  "a task's last words": [false, ({ dial }) => taskWords(dial, 'web.1')],
  'a task itself': [false, ({ dial }) => ownAnswer(dial, { port: 80, path: '/' })],
  'Consul, its leader': [true, ({ dial }) => consulLeader({ dial, token: secret })],
  'Consul, a key': [true, ({ dial }) => consulGet({ dial, token: secret }, 'lb/web')],
  'Consul, a change': [true, ({ dial }) => consulPut({ dial, token: secret }, 'lb/web', 'x')],
  HAProxy: [false, ({ dial }) => haproxyStats(dial)],
  "the registrar's Marathon": [true, ({ url }) => registrars(url).apps(signal)],
  "the registrar's events": [true, ({ url }) => registrars(url).events(signal, never, never)],
  "the registrar's Consul": [true, ({ url }) => consulAt(url, 'main', () => 'ops:pw', patience).owned(signal)],
  "the registrar's agent": [false, ({ url }) => agentWord(url, patience, signal)],
}
const never = (): never => {
  throw new Error('it is not to come to that')
}
const asMarathon = (dial: Dial) => marathon({ hosts: [{ name: 'm1', dial }], credentials: secret })
const asMesos = (dial: Dial) => mesos({ masters: [{ name: 'm1', dial }], credential })
const registrars = (url: string) => marathonAt([url], () => 'ops:pw', patience, 1000)

for (const [what, [login, ask]] of Object.entries(clients))
  for (const status of [301, 302, 303, 307, 308])
    test(`${what}: ${status}`, async (ctx) => {
      ctx.status = status
      await ask(ctx).catch(() => undefined)
      assert.is(ctx.asked.length > 0, true, 'it asked')
      if (login) assert.match(ctx.asked[0] ?? '', /^(Basic b3BzOnB3|ops:pw)$/)
      assert.equal(
        ctx.stolen.filter((each) => each !== 'undefined'),
        [],
      )
    })

test('a leader that the configuration does not name: the sentence says why it does not let the registrar in', async (ctx) => {
  ctx.status = 302
  const said = await registrars(ctx.url)
    .events(signal, never, never)
    .catch((error: Error) => error.message)
  assert.match(said, /^127\.0\.0\.2:\d+: its events answered 401; it leads, and no login was sent to it, since the/)
})

test.run()
