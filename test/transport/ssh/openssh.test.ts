import { spawn, spawnSync } from 'node:child_process'
import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { createServer } from 'node:net'
import { tmpdir, userInfo } from 'node:os'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { sh } from '../../../src/shell/script.ts'
import { Secret } from '../../../src/shell/secret.ts'
import { createTransport } from '../../../src/transport/index.ts'
import type { Connection, SshSettings, Target, TransportError } from '../../../src/transport/transport.ts'
import { testHome } from '../../support/ssh-server.ts'

// The real sshd, ssh-agent and ssh-keygen of this machine, where it has them: on a loopback port, as whoever runs the test.
const SSHD = '/usr/sbin/sshd'
const test = suite('transport/ssh/openssh')
const home = testHome()
const dir = mkdtempSync(join(tmpdir(), 'provision-sshd-'))
const stops: (() => void)[] = []
test.after(() => {
  for (const stop of stops) stop()
  home.remove()
  rmSync(dir, { recursive: true })
})

const keygen = (...args: string[]): void => assert.is(spawnSync('ssh-keygen', ['-q', ...args]).status, 0)
const freePort = async (): Promise<number> => {
  const server = createServer()
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  const { port } = server.address() as { port: number }
  await new Promise((resolve) => server.close(resolve))
  return port
}

interface Sshd {
  target(ssh?: SshSettings): Target
  hostKey(type: 'ed25519' | 'rsa'): string
}

async function sshd(lines: readonly string[] = []): Promise<Sshd> {
  const port = await freePort()
  const file = (name: string): string => join(dir, `${port}.${name}`)
  for (const type of ['ed25519', 'rsa']) keygen('-t', type, '-N', '', '-f', file(type))
  writeFileSync(
    file('keys'),
    [home.publicKey, readFileSync(join(dir, 'rsa.pub'), 'utf8'), readFileSync(join(dir, 'locked.pub'), 'utf8')].join('\n'),
    { mode: 0o600 },
  )
  writeFileSync(
    file('config'),
    [
      ...lines,
      `Port ${port}`,
      'ListenAddress 127.0.0.1',
      ...['ed25519', 'rsa'].map((type) => `HostKey ${file(type)}`),
      `AuthorizedKeysFile ${file('keys')}`,
      'PidFile none',
      'StrictModes no',
      'UsePAM no',
      'PasswordAuthentication no',
      'PermitRootLogin yes',
      '',
    ].join('\n'),
  )
  const daemon = spawn(SSHD, ['-D', '-e', '-f', file('config')], { stdio: ['ignore', 'ignore', 'pipe'] })
  stops.push(() => daemon.kill())
  let log = ''
  daemon.stderr.on('data', (chunk) => (log += chunk))
  for (let i = 0; i < 100 && !log.includes('listening'); i++) await sleep(50)
  assert.match(log, 'listening')
  return {
    target: (ssh = {}) => ({
      name: 'h',
      address: '127.0.0.1',
      ssh: { port, user: userInfo().username, retries: 0, hostKeyCheck: 'accept-new', ...ssh },
    }),
    hostKey: (type) => readFileSync(`${file(type)}.pub`, 'utf8'),
  }
}

const root = process.getuid?.() === 0
if (!root) console.log('not run here: scripts after each of these logins (this sshd is not root, so neither are they)')
/** Logged in; and where that login is root's, scripts run. */
const check = async (connection: Connection): Promise<void> => {
  if (root) {
    const exec = connection.exec(sh`printf %s hello; exit 3`)
    let text = ''
    for await (const chunk of exec.stdout) text += String(chunk)
    assert.equal([text, (await exec.done).code], ['hello', 3])
  }
  await connection.close()
}
const withKnownHosts = (text: string): string => {
  const file = join(mkdtempSync(join(dir, 'known-')), 'known_hosts')
  writeFileSync(file, text)
  return file
}

const { username, shell } = userInfo()
if (!existsSync(SSHD)) console.log(`not run here: there is no ${SSHD}`)
else if (shell?.endsWith('/nologin')) console.log(`not run here: ${username} may not log in`)
else {
  // As root, sshd wants its privilege separation directory.
  if (root) spawnSync('mkdir', ['-p', '-m', '755', '/run/sshd'])
  keygen('-t', 'rsa', '-b', '2048', '-N', '', '-f', join(dir, 'rsa'))
  keygen('-t', 'ed25519', '-N', 'sesame', '-C', 'locked', '-f', join(dir, 'locked'))
  const host = await sshd()

  test('logs in and runs a script', async () => {
    await check(await createTransport({ home: home.path, env: {} }).connect(host.target()))
  })

  test('an RSA key, by its modern signatures', async () => {
    await check(
      await createTransport({ home: '/nowhere', env: {}, knownHostsFiles: [withKnownHosts('')] }).connect(
        host.target({ identityFile: join(dir, 'rsa') }),
      ),
    )
  })

  test('a key that ssh-keygen has encrypted', async () => {
    const transport = createTransport({ home: home.path, env: {}, ask: async () => new Secret('sesame') })
    await check(await transport.connect(host.target({ identityFile: join(dir, 'locked') })))
  })

  test('a host of which only the RSA key is known shows that one', async () => {
    const known = withKnownHosts(`[127.0.0.1]:${host.target().ssh.port} ${host.hostKey('rsa')}`)
    await check(
      await createTransport({ home: home.path, env: {}, knownHostsFiles: [known] }).connect(host.target({ hostKeyCheck: 'strict' })),
    )
    await check(await createTransport({ home: home.path, env: {} }).connect(host.target({ hostKey: host.hostKey('rsa') })))
  })

  test('known_hosts that ssh-keygen has hashed', async () => {
    const known = withKnownHosts(`[127.0.0.1]:${host.target().ssh.port} ${host.hostKey('ed25519')}`)
    keygen('-H', '-f', known)
    assert.match(readFileSync(known, 'utf8'), /^\|1\|/)
    await check(
      await createTransport({ home: home.path, env: {}, knownHostsFiles: [known] }).connect(host.target({ hostKeyCheck: 'strict' })),
    )
  })

  test('an agent: its keys are offered, an encrypted file that it holds needs no passphrase, and IdentitiesOnly keeps the others back', async () => {
    const socket = join(dir, 'agent')
    const agent = spawn('ssh-agent', ['-D', '-a', socket], { stdio: 'ignore' })
    stops.push(() => agent.kill())
    for (let i = 0; i < 100 && !existsSync(socket); i++) await sleep(20)
    const env = { SSH_AUTH_SOCK: socket }
    const askpass = join(dir, 'askpass')
    writeFileSync(askpass, '#!/bin/sh\necho sesame\n', { mode: 0o700 })
    const added = spawnSync('ssh-add', ['-q', join(dir, 'locked')], {
      env: { ...process.env, ...env, SSH_ASKPASS: askpass, SSH_ASKPASS_REQUIRE: 'force' },
    })
    assert.is(added.status, 0)
    const knownHostsFiles = [withKnownHosts('')]
    await check(await createTransport({ home: '/nowhere', env, knownHostsFiles }).connect(host.target()))
    await check(
      await createTransport({ home: '/nowhere', env, knownHostsFiles }).connect(host.target({ identityFile: join(dir, 'locked') })),
    )
    keygen('-t', 'ed25519', '-N', '', '-f', join(home.path, '.ssh', 'other'))
    home.file('config', 'Host *\n  IdentitiesOnly yes\n  IdentityFile ~/.ssh/other\n')
    const error: TransportError = await createTransport({ home: home.path, env, knownHostsFiles })
      .connect(host.target())
      .then(
        () => assert.unreachable(),
        (e) => e,
      )
    home.file('config', '')
    assert.is(error.failure, 'auth')
    assert.match(error.message, /tried: key \S+\/other:/)
  })

  test('more keys than MaxAuthTries', async () => {
    const strict = await sshd(['MaxAuthTries 1'])
    keygen('-t', 'ed25519', '-N', '', '-f', join(home.path, '.ssh', 'wrong'))
    const error: TransportError = await createTransport({ home: home.path, env: {} })
      .connect(strict.target({ identityFile: '~/.ssh/wrong' }))
      .then(
        () => assert.unreachable(),
        (e) => e,
      )
    assert.is(error.failure, 'auth')
    assert.match(error.message, /tried: key \S+\/wrong/)
  })

  test('AllowTcpForwarding no, and a port where nobody listens', async () => {
    const strict = await sshd(['AllowTcpForwarding no'])
    const transport = createTransport({ home: home.path, env: {} })
    const forbidden = await transport.connect(strict.target())
    assert.is((await forbidden.dial('127.0.0.1', 1).catch((e) => e)).failure, 'forwarding')
    await forbidden.close()
    const open = await transport.connect(host.target())
    assert.is((await open.dial('127.0.0.1', 1).catch((e) => e)).failure, 'refused')
    assert.is((await open.dial('no-such-host.invalid', 1).catch((e) => e)).failure, 'dns')
    await open.close()
  })

  test('MaxSessions 0', async () => {
    const strict = await sshd(['MaxSessions 0'])
    const connection = await createTransport({ home: home.path, env: {} }).connect(strict.target())
    const exec = connection.exec(sh`true`)
    const error = await exec.done.catch((e) => e)
    assert.is(error.failure, 'protocol')
    assert.match(error.message, 'MaxSessions')
    await connection.close()
  })
}

test.run()
