import { existsSync, mkdtempSync, readFileSync, writeFileSync } from 'node:fs'
import { userInfo } from 'node:os'
import { join } from 'node:path'
import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { sh } from '../../../src/shell/script.ts'
import { Secret } from '../../../src/shell/secret.ts'
import { createTransport } from '../../../src/transport/index.ts'
import type { Connection, TransportError } from '../../../src/transport/transport.ts'
import { keygen, openSsh, SSHD, type Sshd } from '../../support/sshd.ts'
import { testHome } from '../../support/test-home.ts'

// The real sshd, ssh-agent and ssh-keygen of this machine, where it has them: on a loopback port, as whoever runs the
// test.
const test = suite('transport/ssh/openssh')
const home = testHome()
const openssh = openSsh()
const { dir } = openssh
test.after(() => {
  openssh.stop()
  home.remove()
})

const keys = (): string =>
  [home.publicKey, ...['rsa', 'locked'].map((name) => readFileSync(join(dir, `${name}.pub`), 'utf8'))].join('\n')
const sshd = (lines?: readonly string[]): Promise<Sshd> => openssh.sshd(keys, lines)

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
  keygen('-t', 'rsa', '-b', '2048', '-N', '', '-f', join(dir, 'rsa'))
  keygen('-t', 'ed25519', '-N', 'sesame', '-C', 'locked', '-f', join(dir, 'locked'))
  const host = await sshd()

  test('logs in and runs a script', async () => {
    await check(await createTransport({ home: home.path, env: {} }).connect(host.target()))
  })

  test('an RSA key, by its modern signatures', async () => {
    await check(
      await createTransport({ home: '/proc/nowhere', env: {}, knownHostsFiles: [withKnownHosts('')] }).connect(
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
      await createTransport({ home: home.path, env: {}, knownHostsFiles: [known] }).connect(
        host.target({ hostKeyCheck: 'strict' }),
      ),
    )
    await check(
      await createTransport({ home: home.path, env: {} }).connect(host.target({ hostKey: host.hostKey('rsa') })),
    )
  })

  test('known_hosts that ssh-keygen has hashed', async () => {
    const known = withKnownHosts(`[127.0.0.1]:${host.target().ssh.port} ${host.hostKey('ed25519')}`)
    keygen('-H', '-f', known)
    assert.match(readFileSync(known, 'utf8'), /^\|1\|/)
    await check(
      await createTransport({ home: home.path, env: {}, knownHostsFiles: [known] }).connect(
        host.target({ hostKeyCheck: 'strict' }),
      ),
    )
  })

  test('an agent: its keys are offered, an encrypted file that it holds needs no passphrase, and IdentitiesOnly keeps the others back', async () => {
    const socket = await openssh.agent('agent')
    const env = { SSH_AUTH_SOCK: socket }
    openssh.add(socket, join(dir, 'locked'), 'sesame')
    const knownHostsFiles = [withKnownHosts('')]
    await check(await createTransport({ home: '/proc/nowhere', env, knownHostsFiles }).connect(host.target()))
    await check(
      await createTransport({ home: '/proc/nowhere', env, knownHostsFiles }).connect(
        host.target({ identityFile: join(dir, 'locked') }),
      ),
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

  test('an agent with more keys than MaxAuthTries: what was not tried is named', async () => {
    const strict = await sshd(['MaxAuthTries 2'])
    const socket = await openssh.agent('many')
    for (const name of ['one', 'two', 'three']) {
      keygen('-t', 'ed25519', '-N', '', '-C', name, '-f', join(dir, name))
      openssh.add(socket, join(dir, name))
    }
    const error: TransportError = await createTransport({ home: home.path, env: { SSH_AUTH_SOCK: socket } })
      .connect(strict.target())
      .then(
        () => assert.unreachable(),
        (e) => e,
      )
    assert.is(error.failure, 'auth')
    assert.match(
      error.message,
      /saying "Too many authentication failures", tried: agent key .*\(one\).*; not tried: .*key \S+id_ed25519.*: name the one key/,
    )
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
