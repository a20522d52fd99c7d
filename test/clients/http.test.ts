import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http'
import { type AddressInfo, connect } from 'node:net'
import type { Duplex } from 'node:stream'
import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { http, json } from '../../src/clients/http.ts'
import { until } from '../support/until.ts'

interface Ctx {
  server: Server
  asked: { method: string | undefined; url: string | undefined; headers: IncomingMessage['headers']; body: string }[]
  dial: () => Promise<Duplex>
  /** Connections that are open. */
  open(): number
}
const test = suite<Ctx>('cluster/http')

const answer = (req: IncomingMessage, res: ServerResponse): void => {
  switch (req.url?.replace(/\?.*/, '')) {
    case '/json':
      res.writeHead(200, { 'X-Leader': 'me' }).end('{"a":1}')
      return
    case '/elsewhere':
      res.writeHead(307, { Location: '//other:5050' }).end()
      return
    case '/text':
      res.end('pong')
      return
    case '/empty':
      res.writeHead(503).end()
      return
    case '/broken':
      res.writeHead(200, { 'Content-Length': '100' }).write('half')
      setTimeout(() => res.destroy(), 20)
      return
    case '/hang-up':
      req.socket.destroy()
      return
    case '/not-http':
      req.socket.end('220 ready\r\n')
      return
    case '/never':
      return
    default:
      res.writeHead(500).end('{"message":"URI not found"}')
  }
}

test.before(async (ctx) => {
  let open = 0
  ctx.asked = []
  ctx.server = createServer((req, res) => {
    let body = ''
    req.on('data', (chunk) => {
      body += chunk
    })
    req.on('end', () => {
      ctx.asked.push({ method: req.method, url: req.url, headers: req.headers, body })
      answer(req, res)
    })
  })
  ctx.server.on('connection', (socket) => {
    open++
    socket.on('close', () => open--)
  })
  await new Promise<void>((resolve) => ctx.server.listen(0, '127.0.0.1', resolve))
  const { port } = ctx.server.address() as AddressInfo
  ctx.dial = async () => connect(port, '127.0.0.1')
  ctx.open = () => open
})
test.after((ctx) => {
  ctx.server.closeAllConnections()
  ctx.server.close()
})

const failure = (work: Promise<unknown>): Promise<string> =>
  work.then(
    () => 'it did not fail',
    (error: Error) => error.message,
  )

test('asks and gives status, headers and body', async ({ dial, asked }) => {
  const { status, headers, body } = await http(dial, {
    path: '/json?x=1',
    host: '10.0.0.1:8080',
    headers: { Accept: 'text/event-stream' },
  })
  assert.equal([status, headers['x-leader'], body], [200, 'me', '{"a":1}'])
  const { method, url, headers: sent } = asked.at(-1) as Ctx['asked'][number]
  assert.equal(
    [method, url, sent.host, sent.accept, sent.connection],
    ['GET', '/json?x=1', '10.0.0.1:8080', 'text/event-stream', 'close'],
  )
})

test('sends JSON, or text as it is', async ({ dial, asked }) => {
  await http(dial, { method: 'PUT', path: '/json', body: { instances: 3 } })
  assert.equal([asked.at(-1)?.body, asked.at(-1)?.headers['content-type']], ['{"instances":3}', 'application/json'])
  await http(dial, { method: 'POST', path: '/json', body: 'frameworkId=ä' })
  assert.equal([asked.at(-1)?.body, asked.at(-1)?.headers['content-type']], ['frameworkId=ä', undefined])
})

test('does not follow a redirect', async ({ dial }) => {
  const { status, headers } = await http(dial, { path: '/elsewhere' })
  assert.equal([status, headers.location], [307, '//other:5050'])
})

test('json', async ({ dial }) => assert.equal(await json(dial, { path: '/json' }), { a: 1 }))

for (const [path, says] of [
  ['/nope', 'GET /nope answered 500: {"message":"URI not found"}'],
  ['/empty?a=b', 'GET /empty answered 503'],
  ['/text', 'GET /text did not answer with JSON'],
] as const) {
  test(`json of ${path}`, async ({ dial }) => assert.is(await failure(json(dial, { path })), says))
}

test('an answer that breaks off', async ({ dial }) =>
  assert.match(await failure(http(dial, { path: '/broken' })), /^(the answer to )?GET \/broken(: | broke off: )/))

for (const [path, says] of [
  ['/hang-up', 'GET /hang-up: it closed the connection without a whole answer'],
  ['/not-http', 'GET /not-http: its answer is not HTTP'],
] as const)
  test(`no answer, of ${path}`, async ({ dial }) => assert.is(await failure(http(dial, { path })), says))

test('no answer in time: the connection is closed', async ({ dial, open }) => {
  assert.is(await failure(http(dial, { path: '/never', timeout: 50 })), 'GET /never: no answer within 0.05 s')
  await until('it is closed', () => open() === 0)
})

test('no connection in time, and one that comes too late', async ({ dial, open }) => {
  let connect = (_: Promise<Duplex>): void => undefined
  const slow = () => new Promise<Duplex>((resolve) => (connect = resolve))
  assert.match(await failure(http(slow, { path: '/json', timeout: 20 })), /GET \/json: no answer within 0.02 s/)
  const late = dial()
  connect(late)
  await until('it is closed', async () => (await late).destroyed && open() === 0)
})

test('no connection at all', async () =>
  assert.is(await failure(http(() => Promise.reject(new Error('refused')), { path: '/' })), 'refused'))

test.run()
