import { readFileSync } from 'node:fs'
import { createServer, type RequestListener } from 'node:http'
import { type AddressInfo, connect } from 'node:net'
import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import {
  type Consul,
  ConsulError,
  consulAutopilot,
  consulDelete,
  consulGet,
  consulHides,
  consulInstances,
  consulLeader,
  consulNode,
  consulPeers,
  consulPut,
} from '../../src/clients/consul.ts'
import { parseAutopilot, parseInstances, parseMembers, parseNode, parseSelf } from '../../src/clients/consul-answers.ts'
import { Secret } from '../../src/shell/secret.ts'

// The answers were recorded from Consul 1.21.0: three servers and a client, with ACLs, the gossip encrypted.
const test = suite('consul')
const answer = (name: string): string => readFileSync(new URL(`answers/consul-${name}.txt`, import.meta.url), 'utf8')

test('autopilot, of three servers', () => {
  const { healthy, failureTolerance, servers } = parseAutopilot(answer('autopilot-3-of-3'))
  assert.equal([healthy, failureTolerance], [true, 1])
  assert.equal(
    servers.map(({ name, address, leader, healthy: well, voter }) => [name, address, leader, well, voter]),
    [
      ['s2', '10.77.4.12:8300', true, true, true],
      ['s3', '10.77.4.13:8300', false, true, true],
      ['s1', '10.77.4.11:8300', false, true, true],
    ],
  )
  assert.ok(servers.every(({ lastIndex }) => lastIndex > 0))
})

test('autopilot, where one of three was struck off: it calls that healthy', () => {
  const { healthy, failureTolerance, servers } = parseAutopilot(answer('autopilot-pruned'))
  assert.equal([healthy, failureTolerance, servers.length], [true, 0, 2])
})

for (const body of [
  '{"Healthy":true,"FailureTolerance":0,"Servers":null}',
  '{"Healthy":true,"FailureTolerance":0,"Servers":[]}',
])
  test(`autopilot without servers: ${body}`, () =>
    assert.equal(parseAutopilot(body), { healthy: true, failureTolerance: 0, servers: [] }))

for (const body of ['', 'rpc error', 'null', '[]', '"x"'])
  test(`${JSON.stringify(body)} is no answer of autopilot`, () =>
    assert.throws(() => parseAutopilot(body), /this is not what a Consul agent answers/))

test('members', () => {
  assert.equal(
    parseMembers(answer('members')).map(({ name, address, status, server }) => [name, address, status, server]),
    [
      ['s3', '10.77.4.13', 'alive', true],
      ['s1', '10.77.4.11', 'alive', true],
      ['c1', '10.77.4.14', 'alive', false],
      ['s2', '10.77.4.12', 'alive', true],
    ],
  )
})

test('a node has the id that its member has', () => {
  const node = parseNode(answer('node'))
  assert.is(node?.address, '10.77.4.14')
  assert.is(node?.id, parseMembers(answer('members')).find(({ name }) => name === 'c1')?.id)
  assert.is(parseNode('null'), undefined)
})

test('who a server is, and how far it has got', () => {
  const { id, applied } = parseSelf(answer('self'))
  assert.equal([id, applied], ['d8921f77-03ba-d2a0-ecea-766a27b054eb', 61])
  assert.throws(() => parseSelf('{"Stats":{"agent":{}}}'), /the agent is not a server/)
})

test('instances of a service, with the worst of their checks', () => {
  assert.equal(parseInstances(answer('instances')), [
    { id: 'old', node: 'c1', address: '10.77.4.14', port: 80, tags: [], meta: {}, status: 'passing' },
    {
      id: 'provision:lab:web.1:0',
      node: 'c1',
      address: '10.77.4.14',
      port: 31001,
      tags: ['lb'],
      meta: { 'managed-by': 'provision-registrar', state: 'serving' },
      status: 'critical',
    },
  ])
})

/** Asks a server that answers as it is told; gives what was asked beside the result. */
async function asking<T>(
  listener: RequestListener,
  work: (consul: Consul) => Promise<T>,
  token?: Secret,
): Promise<{ result: T; asked: string[] }> {
  const asked: string[] = []
  const server = createServer((request, response) => {
    const chunks: Buffer[] = []
    request.on('data', (chunk) => chunks.push(chunk))
    request.on('end', () => {
      const words = [request.method, request.url, request.headers['x-consul-token'], Buffer.concat(chunks).toString()]
      asked.push(words.filter((word) => word !== undefined && word !== '').join(' '))
      listener(request, response)
    })
  })
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  const { port } = server.address() as AddressInfo
  try {
    return { result: await work({ dial: async () => connect(port, '127.0.0.1'), token }), asked }
  } finally {
    server.close()
  }
}
const says =
  (body: string, status = 200): RequestListener =>
  (_request, response) =>
    void response.writeHead(status).end(body)

for (const [what, body, work, result, asked] of [
  ['the leader', '"10.0.0.1:8300"', consulLeader, '10.0.0.1:8300', 'GET /v1/status/leader'],
  ['the leader, where there is none', '""', consulLeader, undefined, 'GET /v1/status/leader'],
  ['the peers', '["10.0.0.1:8300"]', consulPeers, ['10.0.0.1:8300'], 'GET /v1/status/peers'],
  ['the peers, before the first bootstrap', 'null', consulPeers, [], 'GET /v1/status/peers'],
  ['a node', 'null', (c: Consul) => consulNode(c, 'a/b'), undefined, 'GET /v1/catalog/node/a%2Fb'],
  ['instances', '[]', (c: Consul) => consulInstances(c, 'web'), [], 'GET /v1/health/service/web'],
  ['a key', 'a value', (c: Consul) => consulGet(c, 'lb/drain/a b'), 'a value', 'GET /v1/kv/lb/drain/a%20b?raw'],
  ['to write a key', 'true', (c: Consul) => consulPut(c, 'lb/drain/a', 'x'), undefined, 'PUT /v1/kv/lb/drain/a x'],
  ['to remove a key', 'true', (c: Consul) => consulDelete(c, 'lb/drain/a'), undefined, 'DELETE /v1/kv/lb/drain/a'],
] as const) {
  test(`asked for ${what}`, async () =>
    assert.equal(await asking<unknown>(says(body), work), { result, asked: [asked] }))
}

test('a token goes along, and shows itself nowhere', async () => {
  const { asked } = await asking(says('""'), consulLeader, new Secret('hunter2'))
  assert.equal(asked, ['GET /v1/status/leader hunter2'])
  try {
    await asking(says('ACL not found', 403), consulAutopilot, new Secret('hunter2'))
    assert.unreachable()
  } catch (error) {
    assert.is((error as Error).message, 'GET /v1/operator/autopilot/health answered 403: ACL not found')
    assert.is((error as ConsulError).status, 403)
  }
})

test('autopilot answers 429 where not all is well, and that is an answer', async () => {
  const { result } = await asking(
    says(answer('autopilot-pruned').replace('"Healthy":true', '"Healthy":false'), 429),
    consulAutopilot,
  )
  assert.is(result.healthy, false)
})

test('a key that is not there, and one that was not written', async () => {
  assert.is((await asking(says('', 404), (c) => consulGet(c, 'none'))).result, undefined)
  const refused = await asking(says('false'), (c) => consulPut(c, 'k', 'v')).catch((error: Error) => error.message)
  assert.is(refused, 'the key k was not written')
})

test('what Consul leaves out for want of a right, it says in a header', async () => {
  const hiding =
    (hidden: string): RequestListener =>
    (request, response) => {
      const filtered = request.url === hidden ? { 'X-Consul-Results-Filtered-By-ACLs': 'true' } : {}
      response.writeHead(200, filtered).end(request.url === '/v1/catalog/nodes' ? '[]' : '{}')
    }
  for (const [hidden, result] of [
    ['/v1/catalog/services', true],
    ['/v1/catalog/nodes', true],
    ['', false],
  ] as const)
    assert.is((await asking(hiding(hidden), consulHides)).result, result)
})

test('an agent that knows no server says so', async () => {
  const error = await asking(says('No known Consul servers', 500), consulLeader).catch((e: unknown) => e)
  assert.instance(error, ConsulError)
  assert.is((error as ConsulError).status, 500)
})

test.run()
