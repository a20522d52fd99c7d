import dns from 'node:dns'
import { existsSync, readFileSync, statSync } from 'node:fs'
import { createServer } from 'node:net'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { sh } from '../../../src/shell/script.ts'
import { Secret } from '../../../src/shell/secret.ts'
import { createTransport, type Question, type TransportOptions } from '../../../src/transport/index.ts'
import type { Connection, SshSettings, Target, TransportError } from '../../../src/transport/transport.ts'
import {
  generateKey,
  type ServerOptions,
  sshServer,
  type TestHome,
  type TestServer,
  testHome,
} from '../../support/ssh-server.ts'

const test = suite('transport/ssh/connect')
const closing: (() => unknown)[] = []
test.after.each(async () => {
  for (const close of closing.splice(0).reverse()) await close()
})

const newHome = (): TestHome => {
  const home = testHome()
  closing.push(() => home.remove())
  return home
}
const serve = async (options: ServerOptions): Promise<TestServer> => {
  const server = await sshServer(options)
  closing.push(() => server.stop())
  return server
}
/** A connection, or the failure. */
const attempt = async (
  target: Target,
  options: TransportOptions,
  signal?: AbortSignal,
): Promise<Connection | TransportError> => {
  const made = await createTransport({ env: {}, ...options })
    .connect(target, signal)
    .catch((error: TransportError) => error)
  if (!(made instanceof Error)) closing.push(() => made.close())
  return made
}
const failed = async (target: Target, options: TransportOptions, signal?: AbortSignal): Promise<TransportError> => {
  const made = await attempt(target, options, signal)
  if (!(made instanceof Error)) assert.unreachable('it should not have connected')
  return made as TransportError
}
const connected = async (target: Target, options: TransportOptions): Promise<Connection> => {
  const made = await attempt(target, options)
  if (made instanceof Error) throw made
  return made
}
const says = async (connection: Connection): Promise<string> => {
  const exec = connection.exec(sh`echo hello`)
  let text = ''
  for await (const chunk of exec.stdout) text += String(chunk)
  await exec.done
  return text
}

/** Answers questions, and keeps them. */
const answers = (text: string | undefined): { asked: Question[]; ask: TransportOptions['ask'] & {} } => {
  const asked: Question[] = []
  return {
    asked,
    ask: async (question) => {
      asked.push(question)
      await sleep(10)
      return text === undefined ? undefined : new Secret(text)
    },
  }
}

// Host keys

test('host key: known', async () => {
  const home = newHome()
  const server = await serve({ keys: [home.publicKey] })
  home.file('known_hosts', server.known)
  assert.is(await says(await connected(server.target(), { home: home.path })), 'hello\n')
})

test('host key: unknown is refused before anything of us is shown', async () => {
  const home = newHome()
  const server = await serve({ keys: [home.publicKey] })
  const error = await failed(server.target(), { home: home.path })
  assert.is(error.failure, 'host-key')
  assert.match(error.message, /127\.0\.0\.1:\d+ is not known; it shows the ssh-ed25519 key SHA256:/)
  assert.equal(server.stats.auth, [])
  assert.not(existsSync(home.knownHosts))
})

test('host key: changed is refused, with accept-new too', async () => {
  const home = newHome()
  const server = await serve({ keys: [home.publicKey] })
  home.file('known_hosts', `# old\n[127.0.0.1]:${server.port} ${generateKey().public}\n`)
  for (const ssh of [{}, { hostKeyCheck: 'accept-new' as const }]) {
    const error = await failed(server.target(ssh), { home: home.path })
    assert.is(error.failure, 'host-key')
    assert.match(error.message, `${home.knownHosts}:2 knows it by`)
  }
  assert.equal(server.stats.auth, [])
})

test('host key: accept-new remembers it, and only once the login is done', async () => {
  const home = newHome()
  const server = await serve({ keys: [home.publicKey] })
  const target = server.target({ hostKeyCheck: 'accept-new' })
  const stranger = newHome()
  assert.is((await failed({ ...target, ssh: { ...target.ssh } }, { home: stranger.path })).failure, 'auth')
  assert.not(existsSync(stranger.knownHosts), 'the login failed')
  await connected(target, { home: home.path })
  assert.is(readFileSync(home.knownHosts, 'utf8').trim(), server.known.split(' ').slice(0, 3).join(' ').trim())
  assert.is(statSync(home.knownHosts).mode & 0o777, 0o600)
  await connected(server.target(), { home: home.path })
})

test('host key: pinned', async () => {
  const home = newHome()
  const server = await serve({ keys: [home.publicKey] })
  await connected(server.target({ hostKey: server.hostKey }), { home: home.path })
  const error = await failed(server.target({ hostKey: generateKey().public }), { home: home.path })
  assert.is(error.failure, 'host-key')
  assert.match(error.message, /pinned for it in the inventory/)
})

test('host key: files that cannot be read or written are not taken for empty', async () => {
  const home = newHome()
  const server = await serve({ keys: [home.publicKey] })
  const unreadable = await failed(server.target({ hostKeyCheck: 'accept-new' }), {
    home: home.path,
    knownHostsFiles: [home.path],
  })
  assert.is(unreadable.failure, 'host-key')
  assert.match(unreadable.message, /cannot be read: EISDIR/)
  const notThere = join(home.path, '.ssh', 'id_ed25519', 'known_hosts')
  const unwritable = await failed(server.target({ hostKeyCheck: 'accept-new' }), {
    home: home.path,
    knownHostsFiles: [notThere],
  })
  assert.is(unwritable.failure, 'host-key')
})

test('host key: the files that are given count alone', async () => {
  const home = newHome()
  const server = await serve({ keys: [home.publicKey] })
  const file = home.file('others', server.known)
  await connected(server.target(), { home: home.path, knownHostsFiles: [file] })
})

// Keys

test('key: one that the inventory names', async () => {
  const home = newHome()
  const key = generateKey()
  home.file('deploy', key.private)
  const server = await serve({ keys: [key.public] })
  const ssh = { hostKey: server.hostKey, identityFile: '~/.ssh/deploy' }
  assert.is(await says(await connected(server.target(ssh), { home: home.path })), 'hello\n')
  assert.equal(server.stats.auth, ['publickey'], 'signed at once')
})

test('round trips: the keys, the service, the login, the channel, the command and the script wait for one each', async () => {
  const home = newHome()
  const server = await serve({ keys: [home.publicKey] })
  const key = { home: home.path }
  assert.is(await says(await connected(server.target({ hostKey: server.hostKey }), key)), 'hello\n')
  assert.is(server.stats.turns, 6)
})

test('key: one that is not there, or cannot be read, or is none', async () => {
  const home = newHome()
  const server = await serve({ keys: [home.publicKey] })
  home.file('text', 'hello')
  home.file('public', generateKey().public)
  for (const [identityFile, sentence] of [
    ['/nowhere/key', /the key \/nowhere\/key cannot be read: there is no such file/],
    [home.path, /cannot be read: EISDIR/],
    ['~/.ssh/text', /text is not a private key/],
    ['~/.ssh/public', /public is a public key: name the private one/],
  ] as const) {
    const error = await failed(server.target({ hostKey: server.hostKey, identityFile }), { home: home.path })
    assert.is(error.failure, 'key', error.message)
    assert.match(error.message, sentence)
  }
})

test('key: an encrypted one is asked for once, for all hosts', async () => {
  const home = newHome()
  const key = generateKey({ passphrase: 'sesame' })
  home.file('deploy', key.private)
  const servers = await Promise.all([1, 2, 3].map(() => serve({ keys: [key.public] })))
  const { asked, ask } = answers('sesame')
  const transport = createTransport({ home: home.path, env: {}, ask })
  const targets = servers.map((server) => server.target({ hostKey: server.hostKey, identityFile: '~/.ssh/deploy' }))
  for (const connection of await Promise.all(targets.map((target) => transport.connect(target)))) {
    assert.is(await says(connection), 'hello\n')
    await connection.close()
  }
  assert.equal(asked, [{ kind: 'passphrase', text: `Passphrase of ${home.path}/.ssh/deploy` }])
})

test('key: an encrypted one without a passphrase, and with a wrong one', async () => {
  const home = newHome()
  const key = generateKey({ passphrase: 'sesame' })
  home.file('deploy', key.private)
  const server = await serve({ keys: [key.public] })
  const target = server.target({ hostKey: server.hostKey, identityFile: '~/.ssh/deploy' })
  for (const [answer, sentence] of [
    [undefined, /is encrypted and no passphrase was given.*ssh-add/],
    ['wrong', /could not be opened with the passphrase/],
  ] as const) {
    const error = await failed(target, { home: home.path, ask: answers(answer).ask })
    assert.is(error.failure, 'key', error.message)
    assert.match(error.message, sentence)
  }
})

test('key: nobody is asked for the passphrase of a usual key while another one works', async () => {
  const home = newHome()
  home.file('id_rsa', generateKey({ passphrase: 'sesame' }).private)
  const server = await serve({ keys: [home.publicKey] })
  const { asked, ask } = answers('sesame')
  await connected(server.target({ hostKey: server.hostKey }), { home: home.path, ask })
  assert.equal(asked, [])
})

test('auth: the host refuses; the sentence says who tried what, and what else the host takes', async () => {
  const home = newHome()
  const server = await serve({ keys: [generateKey().public], password: { text: 'x' } })
  const error = await failed(server.target({ hostKey: server.hostKey }), { home: home.path })
  assert.is(error.failure, 'auth')
  assert.match(
    error.message,
    new RegExp(
      `refused root at 127\\.0\\.0\\.1:${server.port} \\(the host takes publickey, password\\), tried: key ${home.path}/.ssh/id_ed25519: .*ssh.password to "ask"`,
    ),
  )
  assert.equal(server.stats.auth, ['publickey'], 'a password is never tried unasked')
})

test('auth: there is no key at all', async () => {
  const home = newHome()
  const server = await serve({ keys: [generateKey().public] })
  const error = await failed(server.target({ hostKey: server.hostKey }), { home: '/nowhere' })
  assert.is(error.failure, 'auth')
  assert.match(error.message, /there is no key to log in with as root at .*the host takes publickey/)
  assert.ok(home)
})

test('auth: an agent that is named but does not answer is said', async () => {
  const home = newHome()
  const server = await serve({ keys: [generateKey().public] })
  const error = await failed(server.target({ hostKey: server.hostKey }), {
    home: home.path,
    env: { SSH_AUTH_SOCK: '/nowhere/agent' },
  })
  assert.match(error.message, /the agent at \/nowhere\/agent did not answer/)
})

// Passwords

for (const by of ['password', 'keyboard-interactive'] as const) {
  test(`password: only when asked for, by ${by}`, async () => {
    const home = newHome()
    const server = await serve({ password: { text: 'hunter2', by } })
    const ssh: SshSettings = { hostKey: server.hostKey, password: 'ask' }
    const { asked, ask } = answers('hunter2')
    assert.is(await says(await connected(server.target(ssh), { home: home.path, ask })), 'hello\n')
    assert.equal(asked, [{ kind: 'login', text: 'Password of root' }])
    assert.is(server.stats.auth.at(-1), by)
    const again = await failed(server.target({ hostKey: server.hostKey }), { home: home.path, ask })
    assert.is(again.failure, 'auth')
    assert.is(asked.length, 1)
  })
}

test('password: a key that works is used first', async () => {
  const home = newHome()
  const server = await serve({ keys: [home.publicKey], password: { text: 'x' } })
  const { asked, ask } = answers('x')
  await connected(server.target({ hostKey: server.hostKey, password: 'ask' }), { home: home.path, ask })
  assert.equal(asked, [])
})

test('password: a wrong one is tried once on one host, and on no other', async () => {
  const home = newHome()
  const servers = await Promise.all([1, 2].map(() => serve({ password: { text: 'right' } })))
  const { asked, ask } = answers('wrong')
  const transport = createTransport({ home: home.path, env: {}, ask })
  const targets = servers.map((server, i) => server.target({ hostKey: server.hostKey, password: 'ask' }, `h${i}`))
  const errors = await Promise.all(
    targets.map((target) => transport.connect(target).catch((error: TransportError) => error)),
  )
  assert.equal(
    errors.map((error) => (error as TransportError).failure),
    ['auth', 'auth'],
  )
  assert.is(servers.flatMap(({ stats }) => stats.auth.filter((method) => method === 'password')).length, 1)
  assert.is(asked.length, 1)
  assert.is(
    errors.filter((error) => /refused by h\d and so was not tried here/.test((error as Error).message)).length,
    1,
  )
})

test('password: a host that was given up while a person was asked does not keep the others waiting', async () => {
  const home = newHome()
  const servers = await Promise.all([1, 2].map(() => serve({ password: { text: 'right' } })))
  const ask = async (): Promise<Secret> => {
    await sleep(500)
    return new Secret('right')
  }
  const transport = createTransport({ home: home.path, env: {}, ask })
  const [first, second] = servers.map((server, i) =>
    server.target({ hostKey: server.hostKey, password: 'ask' }, `h${i}`),
  ) as [Target, Target]
  const stop = new AbortController()
  const given = transport.connect(first, stop.signal).catch((error: TransportError) => error)
  while (servers[0]?.stats.auth.length === 0) await sleep(10)
  await sleep(50)
  const other = transport.connect(second)
  await sleep(50)
  stop.abort()
  assert.is(((await given) as TransportError).failure, 'aborted')
  const connection = await other
  assert.is(await says(connection), 'hello\n')
  await connection.close()
})

// Reaching the host

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
  const silent = createServer((socket) => socket.on('error', () => {}))
  await new Promise<void>((resolve) => silent.listen(0, '127.0.0.1', resolve))
  closing.push(() => silent.close())
  const { port } = silent.address() as { port: number }
  const began = performance.now()
  const error = await failed(
    { name: 'h', address: '127.0.0.1', ssh: { port, connectTimeout: 0.3, user: 'root' } },
    { home: newHome().path },
  )
  assert.is(error.failure, 'timeout')
  assert.match(error.message, /took the connection, but did not greet as an SSH server within 0\.3 s/)
  assert.ok(performance.now() - began < 5000, 'a time-out is not tried again')
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
    closing.push(() => connection.close())
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

test('an agent that says nothing is named and left out; the files work', async () => {
  const home = newHome()
  const server = await serve({ keys: [home.publicKey] })
  const socket = join(home.path, 'agent')
  const agent = createServer((stream) => stream.on('error', () => {})).listen(socket)
  closing.push(() => agent.close())
  const told: string[] = []
  const transport = createTransport({ home: home.path, env: { SSH_AUTH_SOCK: socket } })
  const connection = await transport.connect(server.target({ hostKey: server.hostKey }), undefined, ({ text }) =>
    told.push(text),
  )
  closing.push(() => connection.close())
  assert.is(await says(connection), 'hello\n')
  assert.equal(told, [`the keys of the agent at ${socket}`])
  const other = await serve({ keys: [generateKey().public] })
  const error = await transport.connect(other.target({ hostKey: other.hostKey })).catch((failure: Error) => failure)
  assert.match((error as Error).message, `the agent at ${socket} did not answer: nothing came within 15 s`)
})

test('protocol: something that is no SSH server', async () => {
  const http = createServer((socket) => socket.on('error', () => {}).end('HTTP/1.1 400 Bad Request\r\n\r\n'))
  await new Promise<void>((resolve) => http.listen(0, '127.0.0.1', resolve))
  closing.push(() => http.close())
  const { port } = http.address() as { port: number }
  const error = await failed(
    { name: 'h', address: '127.0.0.1', ssh: { port, retries: 0, user: 'root' } },
    { home: newHome().path },
  )
  assert.ok(['lost', 'protocol'].includes(error.failure), error.failure)
  assert.match(error.message, /did not greet as an SSH server, but said: HTTP\/1\.1 400 Bad Request/)
})

test('time spent asking a person does not count', async () => {
  const home = newHome()
  const server = await serve({ password: { text: 'hunter2' } })
  const ask = async (): Promise<Secret> => {
    await sleep(900)
    return new Secret('hunter2')
  }
  await connected(server.target({ hostKey: server.hostKey, password: 'ask', connectTimeout: 0.6 }), {
    home: home.path,
    ask,
  })
})

test('aborted: before, while connecting, and while waiting to try again', async () => {
  const home = newHome()
  const silent = createServer((socket) => socket.on('error', () => {}))
  await new Promise<void>((resolve) => silent.listen(0, '127.0.0.1', resolve))
  closing.push(() => silent.close())
  const { port } = silent.address() as { port: number }
  const target: Target = { name: 'h', address: '127.0.0.1', ssh: { port, user: 'root', retries: 5 } }
  assert.is((await failed(target, { home: home.path }, AbortSignal.abort())).failure, 'aborted')
  assert.is((await failed(target, { home: home.path }, AbortSignal.timeout(100))).failure, 'aborted')
  silent.close()
  const refused: Target = { ...target, ssh: { ...target.ssh, port: 1 } }
  const began = performance.now()
  assert.is((await failed(refused, { home: home.path }, AbortSignal.timeout(100))).failure, 'aborted')
  assert.ok(performance.now() - began < 2000)
})

// Bastions

test('bastions: a chain, shared by the hosts behind it', async () => {
  const home = newHome()
  const [a, b, one, two] = (await Promise.all([1, 2, 3, 4].map(() => serve({ keys: [home.publicKey] })))) as [
    TestServer,
    TestServer,
    TestServer,
    TestServer,
  ]
  home.file('known_hosts', [a, b, one, two].map(({ known }) => known).join(''))
  const inventory: Record<string, Target> = { edge: a.target({}, 'edge') }
  const transport = createTransport({ home: home.path, env: {}, resolve: (name) => inventory[name] })
  const proxyJump = `edge,root@127.0.0.1:${b.port}`
  const connections = await Promise.all([one, two].map((server) => transport.connect(server.target({ proxyJump }))))
  for (const connection of connections) assert.is(await says(connection), 'hello\n')
  assert.equal(
    [a, b, one, two].map(({ stats }) => [stats.connections, stats.sessions]),
    [
      [1, 0],
      [1, 0],
      [1, 1],
      [1, 1],
    ],
  )
  assert.equal(a.stats.forwards, [`127.0.0.1:${b.port}`])
  assert.equal(b.stats.forwards.sort(), [`127.0.0.1:${one.port}`, `127.0.0.1:${two.port}`].sort())
  assert.equal(
    connections.map(({ cost }) => cost.connections),
    [1, 1],
  )
  await connections[0]?.close()
  await sleep(50)
  assert.is(await says(connections[1] as Connection), 'hello\n', 'the bastion stays while somebody needs it')
  await connections[1]?.close()
})

test('bastions: a lost one loses the hosts behind it; a reconnect makes both anew', async () => {
  const home = newHome()
  const [edge, host] = (await Promise.all([1, 2].map(() => serve({ keys: [home.publicKey] })))) as [
    TestServer,
    TestServer,
  ]
  home.file('known_hosts', edge.known + host.known)
  const connection = await connected(host.target({ proxyJump: `root@127.0.0.1:${edge.port}` }), { home: home.path })
  edge.drop()
  await sleep(100)
  const exec = connection.exec(sh`true`)
  assert.is((await exec.done.catch((e) => e)).failure, 'lost')
  await connection.reconnect()
  assert.is(await says(connection), 'hello\n')
  assert.equal([edge.stats.connections, host.stats.connections, connection.cost.connections], [2, 2, 2])
})

test('bastions: what fails there says so', async () => {
  const home = newHome()
  const [edge, host] = (await Promise.all([
    serve({ keys: [home.publicKey], forwarding: 'prohibited' }),
    serve({ keys: [home.publicKey] }),
  ])) as [TestServer, TestServer]
  home.file('known_hosts', edge.known + host.known)
  const target = host.target({ proxyJump: `root@127.0.0.1:${edge.port}` })
  const forbidden = await failed(target, { home: home.path })
  assert.is(forbidden.failure, 'forwarding')
  assert.match(
    forbidden.message,
    `sshd at 127.0.0.1:${edge.port} does not forward connections to 127.0.0.1:${host.port}`,
  )
  home.file('known_hosts', host.known)
  const unknown = await failed(target, { home: home.path })
  assert.is(unknown.failure, 'host-key')
  assert.match(unknown.message, new RegExp(`^bastion root@127\\.0\\.0\\.1:${edge.port}: the host key`))
})

test('config: ~/.ssh/config is followed', async () => {
  const home = newHome()
  const key = generateKey()
  home.file('deploy', key.private)
  const server = await serve({ keys: [key.public] })
  home.file('known_hosts', server.known)
  home.file(
    'config',
    `Host db\n  HostName 127.0.0.1\n  Port ${server.port}\n  User root\n  IdentityFile ~/.ssh/deploy\n`,
  )
  assert.is(await says(await connected({ name: 'h', address: 'db', ssh: {} }, { home: home.path })), 'hello\n')
})

test.run()
