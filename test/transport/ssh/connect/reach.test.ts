// What hosts and networks do that are not reached, or turn us away.
import dns from 'node:dns'
import { createServer } from 'node:net'
import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { createTransport } from '../../../../src/transport/index.ts'
import type { Target } from '../../../../src/transport/transport.ts'
import { type ServerOptions, sshServer } from '../../../support/ssh-server.ts'
import { closesAfter, closesAll, connected, failed, newHome, says, serve } from './ground.ts'

const test = suite('ssh: reaching a host')
closesAll(test)

test('refused: tried again with pauses, then said', async () => {
  const home = newHome()
  const server = await sshServer({})
  await server.stop()
  const began = performance.now()
  const error = await failed(server.target({ retries: 1, hostKey: server.hostKey }), { home: home.path })
  assert.is(error.failure, 'refused')
  assert.match(error.message, `127.0.0.1:${server.port} refused the connection`)
  assert.ok(performance.now() - began >= 250, 'there is a pause before the second try')
})

test('lost: a host that turns us away at first is tried again; its connections are counted', async () => {
  const home = newHome()
  const server = await serve({ keys: [home.publicKey], turnAway: 1 })
  const connection = await connected(server.target({ retries: 2, hostKey: server.hostKey }), { home: home.path })
  assert.equal([server.stats.connections, connection.cost.connections], [2, 2])
  const once = await serve({ keys: [home.publicKey], turnAway: 1 })
  const error = await failed(once.target({ hostKey: once.hostKey }), { home: home.path })
  assert.is(error.failure, 'lost')
  assert.match(error.message, 'MaxStartups')
})

test('dns', async () => {
  const error = await failed(
    { name: 'h', address: 'no-such-host.invalid', ssh: { retries: 0 } },
    { home: newHome().path },
  )
  assert.is(error.failure, 'dns')
  assert.match(error.message, 'no-such-host.invalid:22')
})

test('timeout: a port that takes connections and says nothing', async () => {
  let taken = 0
  const silent = createServer((socket) => socket.on('error', () => {})).on('connection', () => taken++)
  await new Promise<void>((resolve) => silent.listen(0, '127.0.0.1', resolve))
  closesAfter(() => silent.close())
  const { port } = silent.address() as { port: number }
  const error = await failed(
    { name: 'h', address: '127.0.0.1', ssh: { port, connectTimeout: 2, user: 'root' } },
    { home: newHome().path },
  )
  assert.is(error.failure, 'timeout')
  assert.match(error.message, /took the connection, but did not greet as an SSH server within 2 s/)
  assert.is(taken, 1, 'a time-out is not tried again')
})

test('dns: a resolver that does not answer is called that, and is no firewall', async () => {
  const real = dns.lookup
  dns.lookup = (() => undefined) as never
  const to: Target = { name: 'h', address: 'db.example', ssh: { retries: 0, connectTimeout: 0.1, user: 'root' } }
  const error = await failed(to, { home: newHome().path }).finally(() => {
    dns.lookup = real
  })
  assert.is(error.failure, 'dns')
  assert.match(
    error.message,
    /the address of db\.example:22 could not be looked up within 0\.3 s: this machine's DNS is slow/,
  )
})

const ALWAYS = 1000
const BOOTING = '"System is booting up. Unprivileged users are not permitted to log in yet. Please come back later."'

/** Logins that a host closes: what it does, and what is said. */
const closed: readonly [name: string, options: ServerOptions, sentence: RegExp][] = [
  [
    'while it boots',
    { closeLogins: { times: ALWAYS, banner: BOOTING } },
    /closed the login of root; it said: "System is booting up\. .* come back later\."$/,
  ],
  [
    'an account that has expired',
    { closeLogins: { times: ALWAYS, banner: 'Your account has expired.\r\n' } },
    /closed the login of root; it said: Your account has expired\.$/,
  ],
  ['without a word', { closeLogins: { times: ALWAYS } }, /closed the login of root without a word: its log .*expired/],
  [
    'too many keys',
    { closeLogins: { times: ALWAYS, disconnect: 'Too many authentication failures' } },
    /ended the login of root at .*, saying "Too many authentication failures", tried: key \S+id_ed25519: name the one key/,
  ],
  [
    'MaxStartups',
    { turnAway: ALWAYS, turnAwaySaying: 'Exceeded MaxStartups\r\n' },
    /turned the connection away; it said: Exceeded MaxStartups$/,
  ],
  ['at once, without a word', { turnAway: ALWAYS }, /took the connection and closed it without a word/],
]
for (const [name, options, sentence] of closed) {
  test(`closed: ${name}`, async () => {
    const home = newHome()
    const server = await serve({ keys: [home.publicKey], ...options })
    const error = await failed(server.target({ hostKey: server.hostKey }), { home: home.path })
    assert.match(error.message, sentence)
    assert.not.match(error.message, /firewall|security group|did not answer/)
  })
}

const passing: readonly [name: string, options: ServerOptions, waits: RegExp][] = [
  ['a host that boots', { closeLogins: { times: 4, banner: BOOTING } }, /booting up/],
  ['MaxStartups', { turnAway: 4, turnAwaySaying: 'Exceeded MaxStartups\r\n' }, /MaxStartups/],
]
for (const [name, options, waits] of passing) {
  test(`what passes by itself is waited for where somebody is told, and else not: ${name}`, async () => {
    const home = newHome()
    const told: string[] = []
    const patient = await serve({ keys: [home.publicKey], ...options })
    const connection = await createTransport({ home: home.path, env: {} }).connect(
      patient.target({ hostKey: patient.hostKey, retries: 1 }),
      undefined,
      ({ kind, text }) => told.push(`${kind} ${text}`),
    )
    closesAfter(() => connection.close())
    assert.is(await says(connection), 'hello\n')
    assert.is(told.length, 4)
    for (const each of told) assert.match(each, waits)
    assert.match(told[0] as string, /^again /)
    const hurried = await serve({ keys: [home.publicKey], ...options })
    assert.match(
      (await failed(hurried.target({ hostKey: hurried.hostKey, retries: 1 }), { home: home.path })).message,
      waits,
    )
  })
}

test('an expired account is not waited for', async () => {
  const home = newHome()
  const server = await serve({
    keys: [home.publicKey],
    closeLogins: { times: ALWAYS, banner: 'Your account has expired.' },
  })
  const told: unknown[] = []
  const made = createTransport({ home: home.path, env: {} }).connect(
    server.target({ hostKey: server.hostKey, retries: 1 }),
    undefined,
    (wait) => told.push(wait),
  )
  assert.match(((await made.catch((error: Error) => error)) as Error).message, 'has expired')
  assert.is(told.length, 1)
})

test('links that are asked for at once are one link', async () => {
  const home = newHome()
  const server = await serve({ keys: [home.publicKey] })
  const connection = await connected(server.target({ hostKey: server.hostKey }), { home: home.path })
  await Promise.all([connection.reconnect(), connection.reconnect(), connection.reconnect()])
  assert.is(server.stats.connections, 2)
  assert.is(await says(connection), 'hello\n')
})

test('protocol: something that is no SSH server', async () => {
  const http = createServer((socket) => socket.on('error', () => {}).end('HTTP/1.1 400 Bad Request\r\n\r\n'))
  await new Promise<void>((resolve) => http.listen(0, '127.0.0.1', resolve))
  closesAfter(() => http.close())
  const { port } = http.address() as { port: number }
  const error = await failed(
    { name: 'h', address: '127.0.0.1', ssh: { port, retries: 0, user: 'root' } },
    { home: newHome().path },
  )
  assert.ok(['lost', 'protocol'].includes(error.failure), error.failure)
  assert.match(error.message, /did not greet as an SSH server, but said: HTTP\/1\.1 400 Bad Request/)
})

/** Servers that speak first, and are not what is looked for: what each sends, and what is said of it. */
const strangers: readonly (readonly [sends: string | Buffer, sentence: RegExp])[] = [
  ['220 mail ESMTP\r\n', /did not greet as an SSH server, but said: 220 mail ESMTP \(is that sshd's port\?\)$/],
  [Buffer.from('\x4a\0\0\0\x0a8.0.36\0', 'latin1'), /did not greet as an SSH server, but said: .*8\.0\.36/],
  ['SSH-1.5-OpenSSH_1.0\r\n', /did not greet as an SSH server, but said: SSH-1\.5-OpenSSH_1\.0/],
  ['x'.repeat(100_000), /did not greet as an SSH server, but said: xxx/],
  ['SSH-2.0-OpenSSH_9.2\r\n', /:\d+ greeted as an SSH server, but did not agree on keys within 2 s/],
  [
    `SSH-2.0-OpenSSH_9.2\r\n${'x'.repeat(100)}`,
    /greeted as an SSH server, but what it sent then is not SSH: Bad packet/,
  ],
]
for (const [sends, sentence] of strangers)
  test(`protocol: what begins with ${JSON.stringify(String(sends).slice(0, 20))}, and stays`, async () => {
    const stranger = createServer((socket) => void socket.on('error', () => {}).write(sends))
    await new Promise<void>((resolve) => stranger.listen(0, '127.0.0.1', resolve))
    closesAfter(() => stranger.close())
    const { port } = stranger.address() as { port: number }
    const error = await failed(
      { name: 'h', address: '127.0.0.1', ssh: { port, retries: 0, user: 'root', connectTimeout: 2 } },
      { home: newHome().path },
    )
    assert.match(error.message, sentence)
  })

test('aborted: before, while connecting, and while waiting to try again', async () => {
  const home = newHome()
  const silent = createServer((socket) => socket.on('error', () => {}))
  await new Promise<void>((resolve) => silent.listen(0, '127.0.0.1', resolve))
  closesAfter(() => silent.close())
  const { port } = silent.address() as { port: number }
  const target: Target = { name: 'h', address: '127.0.0.1', ssh: { port, user: 'root', retries: 50 } }
  assert.is((await failed(target, { home: home.path }, AbortSignal.abort())).failure, 'aborted')
  assert.is((await failed(target, { home: home.path }, AbortSignal.timeout(100))).failure, 'aborted')
  silent.close()
  const refused: Target = { ...target, ssh: { ...target.ssh, port: 1 } }
  const began = performance.now()
  assert.is((await failed(refused, { home: home.path }, AbortSignal.timeout(100))).failure, 'aborted')
  assert.ok(performance.now() - began < 60_000, 'fifty pauses take longer')
})

test.run()
