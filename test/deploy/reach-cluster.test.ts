// A cluster as a deployment reaches it: which host is asked for what, over which of its addresses. The transport leads
// to servers of this process.
import { createServer, type Server } from 'node:http'
import { type AddressInfo, connect } from 'node:net'
import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import * as v from 'valibot'
import { reachCluster } from '../../src/deploy/reach-cluster.ts'
import {
  defineRecipe,
  defineRole,
  type InventoryHost,
  makeCluster,
  Secret,
  type Transport,
  TransportError,
} from '../../src/index.ts'
import type { Connection } from '../../src/transport/transport.ts'

interface Ctx {
  server: Server
  /** What was asked: from which host, of which address, with which Host header. */
  asked: string[]
  logins: (string | undefined)[]
  connects: string[]
  answer: (
    place: string,
    url: string,
  ) => { readonly status: number; readonly body?: unknown; readonly headers?: Record<string, string> }
  /** Hosts whose next connection breaks as soon as it is used. */
  breaks: Set<string>
  transport: Transport
}
const test = suite<Ctx>('deploy reach')

const role = (name: string, ...recipes: string[]) =>
  defineRole({
    name,
    recipes: recipes.map((recipe) => defineRecipe({ name: recipe, attributes: v.object({}), resources: () => [] })),
  })
const roles = [role('master', 'marathon', 'mesos-master'), role('slave', 'mesos-agent', 'haproxy')]
const host = (name: string, role: string, n: number, vars: InventoryHost['vars'] = {}): InventoryHost => ({
  name,
  address: `203.0.113.${n}`,
  privateAddress: `10.0.0.${n}`,
  roles: [role],
  vars,
  ssh: {},
})
const cluster = makeCluster(
  [
    host('master-1', 'master', 11, { marathon: { credentials: new Secret('u:p') } }),
    host('master-2', 'master', 12, { 'mesos-master': { operator: { principal: 'ops', secret: new Secret('pw') } } }),
    host('slave-1', 'slave', 21),
    host('slave-2', 'slave', 22, { 'mesos-agent': { hostname: 'two.example.com' } }),
  ],
  new Map(roles.map((each) => [each.name, each])),
)

test.before.each(async (ctx) => {
  Object.assign(ctx, { asked: [], logins: [], connects: [], breaks: new Set() })
  let place = ''
  ctx.server = createServer((request, response) => {
    const proto = request.headers['x-forwarded-proto']
    ctx.asked.push(`${place} ${request.headers.host} ${request.url}${proto === undefined ? '' : ` by ${proto}`}`)
    ctx.logins.push(request.headers.authorization)
    const { status, body, headers } = ctx.answer(place, request.url ?? '')
    response.writeHead(status, headers).end(typeof body === 'string' ? body : JSON.stringify(body ?? ''))
  })
  await new Promise<void>((resolve) => ctx.server.listen(0, '127.0.0.1', resolve))
  const { port } = ctx.server.address() as AddressInfo
  ctx.transport = {
    async connect({ name }) {
      ctx.connects.push(name)
      const broken = ctx.breaks.delete(name)
      const connection: Partial<Connection> = {
        dial: async (address, at) => {
          if (broken) throw new TransportError('lost', `the connection to ${name} was lost`)
          place = `${name}>${address}:${at}`
          return connect(port, '127.0.0.1')
        },
        close: async () => void ctx.connects.push(`${name} closed`),
      }
      return connection as Connection
    },
  }
})
test.after.each(({ server }) => {
  server.closeAllConnections()
  server.close()
})

const clean = (text: string): string => text.replace('secret', '***')

test('Marathon: through its own host, at its private address', async (ctx) => {
  ctx.answer = () => ({ status: 200, body: [] })
  await reachCluster(cluster, ctx.transport, clean).marathon.deployments()
  assert.equal(ctx.asked, ['master-1>10.0.0.11:8080 localhost /v2/deployments'])
})

test('a link that was lost is made anew', async (ctx) => {
  ctx.answer = () => ({ status: 200, body: [] })
  ctx.breaks.add('master-1')
  const live = reachCluster(cluster, ctx.transport, clean)
  await live.marathon.deployments()
  await live.marathon.deployments()
  assert.equal(ctx.connects, ['master-1', 'master-1 closed', 'master-1'])
  await live.close()
  assert.is(ctx.connects.at(-1), 'master-1 closed')
})

test('the agents: from the master that leads, and a login is never sent where a redirect points', async (ctx) => {
  const slaves = [
    {
      hostname: '10.0.0.21',
      active: true,
      unreserved_resources: { cpus: 4, mem: 100, disk: 1 },
      used_resources: { cpus: 1 },
    },
  ]
  ctx.answer = (place) =>
    place.startsWith('master-2')
      ? { status: 200, body: { slaves } }
      : { status: 307, headers: { Location: '//evil.example:5050/slaves' } }
  const agents = await reachCluster(cluster, ctx.transport, clean).agents()
  assert.equal(agents, [
    { host: '10.0.0.21', attributes: {}, whole: { cpus: 4, mem: 100, disk: 1 }, free: { cpus: 3, mem: 100, disk: 1 } },
  ])
  assert.equal(ctx.asked, ['master-1>10.0.0.11:5050 localhost /slaves', 'master-2>10.0.0.12:5050 localhost /slaves'])
})

test('the agents: with the login that the inventory gives', async (ctx) => {
  ctx.answer = (place) => (place.startsWith('master-1') ? { status: 401 } : { status: 200, body: { slaves: [] } })
  assert.equal(await reachCluster(cluster, ctx.transport, clean).agents(), [])
  assert.equal(ctx.logins.slice(-1), [`Basic ${Buffer.from('ops:pw').toString('base64')}`])
})

test('no master tells: nobody is held up by that', async (ctx) => {
  ctx.answer = () => ({ status: 401 })
  assert.is(await reachCluster(cluster, ctx.transport, clean).agents(), undefined)
  assert.is(ctx.asked.length, 2)
})

test('HAProxies: statistics on their loopback, traffic where a load balancer would send it', async (ctx) => {
  ctx.answer = (_, url) => ({
    status: 200,
    body: url === '/;csv' ? '# pxname,svname,status,type\nbe_web,BACKEND,UP,1\nbe_web,t_1,UP,2\n' : 'ok',
  })
  const [one] = reachCluster(cluster, ctx.transport, clean).balancers
  assert.equal([one?.host, one?.hostnames], ['slave-1', ['10.0.0.21', '203.0.113.21', 'slave-1']])
  assert.equal(
    (await one?.stats())?.map(({ name, servers }) => [name, ...servers.map((server) => [server.name, server.up])]),
    [['be_web', ['t_1', true]]],
  )
  assert.is(await one?.get({ host: 'www.example.com', path: '/healthz' }), 200)
  assert.equal(ctx.asked, [
    'slave-1>127.0.0.1:22002 localhost /;csv',
    'slave-1>10.0.0.21:80 www.example.com /healthz by https',
  ])
})

test('what Mesos calls a host is found in the inventory', (ctx) => {
  const { name } = reachCluster(cluster, ctx.transport, clean)
  assert.equal(['10.0.0.21', '203.0.113.21', 'slave-1', 'two.example.com', 'nobody'].map(name), [
    'slave-1',
    'slave-1',
    'slave-1',
    'slave-2',
    'nobody',
  ])
})

test("a task's last words: from its agent, cleaned; none where they cannot be had", async (ctx) => {
  const state = { frameworks: [{ completed_executors: [{ id: 't1', directory: '/d' }] }] }
  ctx.answer = (_, url) => {
    if (url === '/state') return { status: 200, body: state }
    return { status: 200, body: url.includes('offset=-1') ? { data: '', offset: 9 } : { data: 'a secret\n' } }
  }
  const live = reachCluster(cluster, ctx.transport, clean)
  assert.equal(await live.lastWords({ id: 't1', host: 'two.example.com' }), ['a ***'])
  assert.ok(ctx.asked.every((asked) => asked.startsWith('slave-2>10.0.0.22:5051 ')))
  ctx.answer = () => ({ status: 500 })
  assert.equal(await live.lastWords({ id: 't1', host: 'two.example.com' }), [])
})

test('the names of certificates matter where HAProxy redirects to https', ({ transport }) => {
  const tls = { certificates: [{ names: ['WWW.example.com', 'example.com'] }, { names: ['example.com'] }] }
  const fronts = (haproxy: Readonly<Record<string, unknown>>) =>
    reachCluster(
      makeCluster([host('slave-1', 'slave', 21, { haproxy })], new Map(roles.map((each) => [each.name, each]))),
      transport,
      String,
    ).fronts
  const plain = { host: 'slave-1', defaultBackend: undefined, critical: [], tcpPorts: [] }
  assert.equal(fronts({ tls, redirectToHttps: true }), [{ ...plain, certified: ['example.com', 'www.example.com'] }])
  assert.equal(fronts({ tls }), [plain])
  assert.equal(fronts({ redirectToHttps: true }), [plain])
})

test.run()
