import { mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from 'node:fs'
import { createServer } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { Secret } from '../../../../src/shell/secret.ts'
import { createTransport } from '../../../../src/transport/index.ts'
import type { SshSettings, Target, TransportError } from '../../../../src/transport/transport.ts'
import { generateKey } from '../../../support/test-home.ts'
import { answers, closesAfter, closesAll, connected, failed, newHome, says, serve } from './ground.ts'

const test = suite('ssh: keys and passwords')
closesAll(test)

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
    ['/proc/nowhere/key', /the key \/proc\/nowhere\/key cannot be read: there is no such file/],
    [home.path, /cannot be read: it is a directory/],
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
  const error = await failed(server.target({ hostKey: server.hostKey }), { home: '/proc/nowhere' })
  assert.is(error.failure, 'auth')
  assert.match(
    error.message,
    /there is no key to log in with as root at .*the host takes publickey.*; there is no \/proc\/nowhere, which should be your home/,
  )
  assert.ok(home)
})

test('auth: where the user’s own keys cannot be read, that is the reason, and not the host', async () => {
  const server = await serve({ keys: [generateKey().public] })
  const home = mkdtempSync(join(tmpdir(), 'provision-home-'))
  closesAfter(() => rmSync(home, { recursive: true }))
  writeFileSync(join(home, 'file'), '')
  mkdirSync(join(home, 'circle'))
  symlinkSync('.ssh', join(home, 'circle', '.ssh'))
  for (const [at, why] of [
    ['file', 'a part of its path is a file'],
    ['circle', 'its links lead in a circle'],
  ] as const) {
    const { failure, message } = await failed(server.target({ hostKey: server.hostKey }), { home: join(home, at) })
    assert.is(failure, 'key')
    assert.ok(
      message.includes(`there is no key to log in with: ${home}/${at}/.ssh cannot be read: ${why}; make it`),
      message,
    )
  }
  assert.equal(server.stats.auth, [])
})

test('auth: an agent that is named but does not answer is said', async () => {
  const home = newHome()
  const server = await serve({ keys: [generateKey().public] })
  const error = await failed(server.target({ hostKey: server.hostKey }), {
    home: home.path,
    env: { SSH_AUTH_SOCK: '/proc/nowhere/agent' },
  })
  assert.match(error.message, /the agent at \/proc\/nowhere\/agent did not answer/)
})

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
  let answer = (_: Secret): void => undefined
  const ask = (): Promise<Secret> => new Promise((resolve) => (answer = resolve))
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
  answer(new Secret('right'))
  const connection = await other
  assert.is(await says(connection), 'hello\n')
  await connection.close()
})

test('an agent that says nothing is named and left out; the files work', async () => {
  const home = newHome()
  const server = await serve({ keys: [home.publicKey] })
  const socket = join(home.path, 'agent')
  const agent = createServer((stream) => stream.on('error', () => {})).listen(socket)
  closesAfter(() => agent.close())
  const told: string[] = []
  const transport = createTransport({ home: home.path, env: { SSH_AUTH_SOCK: socket } })
  const connection = await transport.connect(server.target({ hostKey: server.hostKey }), undefined, ({ text }) =>
    told.push(text),
  )
  closesAfter(() => connection.close())
  assert.is(await says(connection), 'hello\n')
  assert.equal(told, [`the keys of the agent at ${socket}`])
  const other = await serve({ keys: [generateKey().public] })
  const error = await transport.connect(other.target({ hostKey: other.hostKey })).catch((failure: Error) => failure)
  assert.match((error as Error).message, `the agent at ${socket} did not answer: nothing came within 15 s`)
})

test('time spent asking a person does not count', async () => {
  const home = newHome()
  const server = await serve({ password: { text: 'hunter2' } })
  const ask = async (): Promise<Secret> => {
    await sleep(5500)
    return new Secret('hunter2')
  }
  await connected(server.target({ hostKey: server.hostKey, password: 'ask', connectTimeout: 5 }), {
    home: home.path,
    ask,
  })
})

test.run()
