import { once } from 'node:events'
import { connect, createServer, type Server } from 'node:net'
import ssh2, { type Client, type ConnectConfig } from 'ssh2'
import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { disconnectReason, isExecRefused, levelOf, openFailure, troubleOf } from '../../src/transport/library-errors.ts'
import { type ServerOptions, sshServer } from '../support/ssh-server.ts'
import { generateKey } from '../support/test-home.ts'

// What is read off the errors of Node and ssh2, from errors that they make here and now.
const test = suite('transport/library-errors')
const closing: (() => unknown)[] = []
test.after.each(async () => {
  for (const close of closing.splice(0).reverse()) await close()
})
const key = generateKey()

const serve = async (options: ServerOptions = {}) => {
  const server = await sshServer({ keys: [key.public], ...options })
  closing.push(() => server.stop())
  return server
}
const login = (port: number, more: ConnectConfig = {}): Client => {
  const client = new ssh2.Client()
  client.on('error', () => {}) // more may follow the one that a test waits for
  closing.push(() => client.destroy())
  return client.connect({
    host: '127.0.0.1',
    port,
    username: 'root',
    privateKey: key.private,
    readyTimeout: 0,
    ...more,
  })
}
const ready = async (port: number, more: ConnectConfig = {}): Promise<Client> => {
  const client = login(port, more)
  await once(client, 'ready')
  return client
}
const failure = async (client: Client): Promise<Error> => (await once(client, 'error'))[0] as Error
/** The first error of a callback. */
const refusal = (call: (done: (error: Error | undefined) => void) => unknown): Promise<unknown> =>
  new Promise((resolve) => call(resolve))
const listening = async (server: Server): Promise<number> => {
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  closing.push(() => server.close())
  return (server.address() as { port: number }).port
}

test('a port where nobody listens', async () => {
  const server = createServer()
  const port = await listening(server)
  await new Promise((resolve) => server.close(resolve))
  const [error] = await once(connect(port, '127.0.0.1'), 'error')
  assert.is(troubleOf(error), 'refused')
})

test('a name that there is not', async () => {
  const [error] = await once(connect(22, 'no-such-host.invalid'), 'error')
  assert.ok(['name-unknown', 'name-later'].includes(troubleOf(error)), String(error))
})

test('closed before a greeting', async () => {
  const port = await listening(createServer((socket) => socket.on('error', () => {}).end()))
  assert.is(troubleOf(await failure(login(port))), 'closed')
})

test('reset', async () => {
  const port = await listening(
    createServer((socket) => socket.on('error', () => {}).once('data', () => socket.resetAndDestroy())),
  )
  assert.is(troubleOf(await failure(login(port))), 'closed')
})

test('no algorithm in common', async () => {
  const server = await serve()
  const error = await failure(login(server.port, { algorithms: { serverHostKey: ['ssh-dss'] } }))
  assert.is(troubleOf(error), 'disagreement')
})

test('keepalives without an answer', async () => {
  const server = await serve()
  const client = await ready(server.port, { keepaliveInterval: 30, keepaliveCountMax: 1 })
  server.freeze()
  assert.is(troubleOf(await failure(client)), 'keepalive')
})

test('all ways to log in refused', async () => {
  const server = await serve({ keys: [generateKey().public] })
  assert.is(levelOf(await failure(login(server.port))), 'client-authentication')
})

test('the host ends the connection, and says why', async () => {
  const server = await serve({ closeLogins: { times: 9, disconnect: 'Too many authentication failures' } })
  const error = await failure(login(server.port))
  assert.equal([disconnectReason(error), error.message], [2, 'Too many authentication failures'])
})

test('a forwarding and a session that are refused', async () => {
  const server = await serve({ forwarding: 'prohibited', maxSessions: 0 })
  const client = await ready(server.port)
  const forwarded = await refusal((done) => client.forwardOut('127.0.0.1', 0, '127.0.0.1', 1, done))
  assert.equal(openFailure(forwarded), { reason: 1, words: 'open failed' })
  assert.is(typeof openFailure(await refusal((done) => client.exec('true', done)))?.reason, 'number')
})

test('a command that is refused in a session', async () => {
  const server = new ssh2.Server({ hostKeys: [key.private] }, (client) => {
    client.on('error', () => {})
    client.on('authentication', (ctx) => ctx.accept())
    client.on('session', (accept) => accept().on('exec', (_accept, reject) => reject()))
  })
  const port = await listening(server as unknown as Server)
  const client = await ready(port)
  assert.ok(isExecRefused(await refusal((done) => client.exec('true', done))))
})

test('a link that goes away is no refusal', async () => {
  const server = await serve()
  const client = await ready(server.port)
  const lost = refusal((done) => client.exec('true', done))
  server.drop()
  const error = await lost
  assert.equal([openFailure(error), isExecRefused(error)], [undefined, false])
})

for (const odd of [undefined, null, 'text', 7, {}])
  test(`no error at all: ${String(odd)}`, () => assert.is(troubleOf(odd), 'other'))

test.run()
