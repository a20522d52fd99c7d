import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import type { SandboxHost } from '../../src/sandbox/index.ts'
import { type Script, sh } from '../../src/shell/script.ts'
import { Secret } from '../../src/shell/secret.ts'
import { createTransport, type TransportOptions } from '../../src/transport/index.ts'
import type { Connection, ExecEnd, SshSettings, Target, TransportError } from '../../src/transport/transport.ts'
import { withHosts } from '../support/hosts.ts'
import { journal } from '../support/journal.ts'
import { until } from '../support/until.ts'

const test = suite('sandbox/transport')
const { box, host } = await withHosts(test, import.meta.url, [
  { name: 'a', layer: 'tools-12' },
  { name: 'b', layer: 'tools-13' },
])

const PASSWORD = "it's $ecret"
const SHELLS = ['dash', 'bash', 'zsh', 'fish', 'tcsh']
/** Users beside `admin`: their login shell, and what sudoers says of them. */
const USERS: readonly (readonly [name: string, shell: string, sudoers: string])[] = [
  ...SHELLS.map((shell) => [`u-${shell}`, `/bin/${shell}`, `u-${shell} ALL=(ALL) NOPASSWD: ALL`] as const),
  ['pw', '/bin/bash', 'pw ALL=(ALL) ALL'],
  ['none', '/bin/bash', ''],
  ['limited', '/bin/bash', 'limited ALL=(ALL) NOPASSWD: /usr/bin/true'],
  ['wantstty', '/bin/bash', 'Defaults:wantstty requiretty\nwantstty ALL=(ALL) NOPASSWD: ALL'],
  ['logged', '/bin/bash', 'Defaults:logged log_input, log_output, use_pty\nlogged ALL=(ALL) NOPASSWD: ALL'],
  ['gone', '/usr/sbin/nologin', ''],
  ['noshell', '/bin/nosuchshell', ''],
  ['forced', '/bin/bash', ''],
  ['notunnel', '/bin/bash', 'notunnel ALL=(ALL) NOPASSWD: ALL'],
  ['noisy', '/bin/bash', 'noisy ALL=(ALL) NOPASSWD: ALL'],
  ['greedy', '/bin/bash', 'greedy ALL=(ALL) NOPASSWD: ALL'],
  ['reader', '/bin/bash', 'reader ALL=(ALL) NOPASSWD: ALL'],
  ['full', '/bin/bash', 'full ALL=(ALL) NOPASSWD: ALL'],
]

async function prepare(to: SandboxHost): Promise<void> {
  const users = USERS.map(
    ([name, shell]) =>
      `useradd -m -s '${shell}' ${name}; install -d -o ${name} -g ${name} /home/${name}/.ssh; install -o ${name} -g ${name} -m 600 /home/admin/.ssh/authorized_keys /home/${name}/.ssh/`,
  )
  const ended = await to.sh(
    `set -e
    ${users.join('\n')}
    printf '%s:%s\\n' pw '${PASSWORD.replaceAll("'", "'\\''")}' none '${PASSWORD.replaceAll("'", "'\\''")}' | chpasswd
    cat >/etc/sudoers.d/transport
    chmod 440 /etc/sudoers.d/transport; visudo -c
    printf 'echo "Welcome, $USER"; printf "no line feed"; echo "stdin: is not a tty" >&2\\n' >/home/noisy/.bashrc
    printf 'cat >/dev/null\\n' >/home/greedy/.bashrc
    printf 'read -r line\\n' >/home/reader/.bashrc
    printf 'session [success=1 default=ignore] pam_succeed_if.so quiet user != full\\nsession required pam_exec.so quiet /usr/bin/test ! -e /run/full\\n' >>/etc/pam.d/sshd
    printf 'Match User forced\\n  ForceCommand echo only git here\\nMatch User notunnel\\n  AllowTcpForwarding no\\n' >/etc/ssh/sshd_config.d/transport.conf
    systemctl restart ssh # a reload returns before sshd has closed its port and opened it again`,
    USERS.map(([, , sudoers]) => `${sudoers}\n`).join(''),
  )
  if (ended.code !== 0) console.log(ended.stdout, ended.stderr) // uvu does not show why a hook failed
  assert.is(ended.code, 0)
}
test.before(async () => {
  await Promise.all(['a', 'b'].map((name) => prepare(host(name))))
})

const target = (name: string, ssh: SshSettings): Target => {
  const { address, identityFile, hostKey } = host(name)
  return { name, address, ssh: { identityFile, hostKey, retries: 0, ...ssh } }
}
const options: TransportOptions = { home: '/proc/nowhere', env: {} }
const run = async (connection: Connection, script: Script): Promise<ExecEnd & { stdout: string }> => {
  const exec = connection.exec(script)
  let stdout = ''
  for await (const chunk of exec.stdout) stdout += String(chunk)
  return { stdout, ...(await exec.done) }
}
/** Connects, runs, closes. */
const once = async (to: Target, script: Script, more: TransportOptions = {}): Promise<ExecEnd & { stdout: string }> => {
  const connection = await createTransport({ ...options, ...more }).connect(to)
  try {
    return await run(connection, script)
  } finally {
    await connection.close()
  }
}
const failure = (promise: Promise<unknown>): Promise<TransportError> =>
  promise.then(
    (value) => {
      throw new Error(`it should have failed, but: ${JSON.stringify(value)}`)
    },
    (error) => error,
  )

for (const name of ['a', 'b']) {
  test(`${name}: root, and sudo, with nothing in the way`, async () => {
    for (const user of ['root', 'admin', 'logged'])
      assert.equal(
        await once(target(name, { user }), sh`id -u; echo oops >&2; exit 3`),
        { stdout: '0\n', stderr: 'oops\n', code: 3 },
        user,
      )
  })

  for (const shell of SHELLS) {
    test(`${name}: login shell ${shell}`, async () => {
      const connection = await createTransport(options).connect(target(name, { user: `u-${shell}` }))
      assert.equal(await run(connection, sh`id -u; echo ${"it's $x"}; exit 3`), {
        stdout: `0\nit's $x\n`,
        stderr: '',
        code: 3,
      })
      const exec = connection.exec(sh`: ${'x'.repeat(100_000)}; cat <&8 | sha256sum`, { input: true })
      for (let i = 0; i < 10; i++) exec.write(Buffer.alloc(30_000, i))
      exec.end()
      let stdout = ''
      for await (const chunk of exec.stdout) stdout += String(chunk)
      const sum = (await import('node:crypto')).createHash('sha256')
      for (let i = 0; i < 10; i++) sum.update(Buffer.alloc(30_000, i))
      assert.is(stdout, `${sum.digest('hex')}  -\n`)
      await connection.close()
    })
  }

  test(`${name}: input passes sudo's own input log`, async () => {
    const connection = await createTransport(options).connect(target(name, { user: 'logged' }))
    const exec = connection.exec(sh`wc -c <&8`, { input: true })
    exec.write(Buffer.alloc(200_000, 'x'))
    exec.end()
    let stdout = ''
    for await (const chunk of exec.stdout) stdout += String(chunk)
    assert.is(stdout, '200000\n')
    await connection.close()
  })

  test(`${name}: sudo with a password, once; it is in no argument and in no log`, async () => {
    let asked = 0
    const ask = async (): Promise<Secret> => {
      asked += 1
      return new Secret(PASSWORD)
    }
    const connection = await createTransport({ ...options, ask }).connect(
      target(name, { user: 'pw', sudoPassword: 'ask' }),
    )
    assert.is((await run(connection, sh`id -u`)).stdout, '0\n')
    const { stdout } = await run(
      connection,
      sh`cat /proc/[0-9]*/cmdline /proc/[0-9]*/environ 2>/dev/null | tr '\0' '\n'; journalctl --sync; journalctl -o cat`,
    )
    assert.match(stdout, /sudo\n-S\n-p/, 'it does see the arguments')
    assert.not.match(stdout, 'ecret')
    assert.is(asked, 1)
    await connection.close()
  })

  test(`${name}: a wrong sudo password is one attempt`, async () => {
    const attempts = async (): Promise<number> =>
      Number(
        (await host(name).sh(`${journal('-o cat _COMM=sudo')} | grep -c 'pw : .*incorrect password attempt'`)).stdout,
      )
    const before = await attempts()
    const to = target(name, { user: 'pw', sudoPassword: 'ask' })
    const error = await failure(once(to, sh`true`, { ask: async () => new Secret('wrong') }))
    assert.is(error.failure, 'sudo-password')
    assert.match(error.message, /did not accept the password of pw/)
    await until('the journal has it', async () => (await attempts()) > before, 100)
    assert.is((await attempts()) - before, 1)
    const { stdout } = await host(name).sh(
      `${journal('-o cat _COMM=sudo')} | grep 'pw : .*incorrect password attempt' | tail -n 1`,
    )
    assert.match(stdout, /pw : 1 incorrect password attempt/)
  })

  const failures: readonly [user: string, failure: string, says: RegExp, ssh?: SshSettings][] = [
    ['pw', 'sudo-password', /sudo wants the password of pw: set ssh\.sudoPassword/],
    ['none', 'sudo-password', /sudo wants the password of none/],
    ['none', 'sudo-refused', /sudo does not let none run commands as root/, { sudoPassword: 'ask' }],
    ['wantstty', 'requiretty', /Defaults:wantstty !requiretty/],
    ['gone', 'nologin', /account gone has no login shell/],
    ['noshell', 'auth', /refused noshell at .*login shell/],
    ['forced', 'protocol', /said: only git here; is there a forced command/],
    ['greedy', 'protocol', /took the beginning of the script, so nothing was run/],
    ['reader', 'protocol', /took the beginning of the script, so nothing was run/],
  ]
  for (const [user, word, says, ssh = {}] of failures) {
    test(`${name}: ${user}${ssh.sudoPassword ? ' with a password' : ''} ends as ${word}`, async () => {
      const error = await failure(
        once(target(name, { user, ...ssh }), sh`id -u`, { ask: async () => new Secret(PASSWORD) }),
      )
      assert.is(error.failure, word, error.message)
      assert.match(error.message, says)
    })
  }

  test(`${name}: sudo that allows another command alone`, async () => {
    const error = await failure(once(target(name, { user: 'limited' }), sh`id -u`))
    assert.ok(['sudo-refused', 'sudo-password'].includes(error.failure), error.message)
  })

  test(`${name}: a noisy login is ignored`, async () => {
    assert.equal(await once(target(name, { user: 'noisy' }), sh`echo a; echo b >&2`), {
      stdout: 'a\n',
      stderr: 'b\n',
      code: 0,
    })
  })

  test(`${name}: forwarding that is not allowed`, async () => {
    const connection = await createTransport(options).connect(target(name, { user: 'notunnel' }))
    const error = await failure(connection.dial('127.0.0.1', 22))
    assert.is(error.failure, 'forwarding')
    assert.match(error.message, 'AllowTcpForwarding')
    await connection.close()
  })

  test(`${name}: a lock that a script holds is free as soon as its exec is killed`, async () => {
    const connection = await createTransport(options).connect(target(name, { user: 'admin' }))
    const lock = sh`exec 9<>/run/transport.lock; flock -n 9 || exit 75; echo locked; while [ -n "$(head -c 1 <&8 9>&-)" ]; do :; done`
    const first = connection.exec(lock, { input: true })
    await new Promise((resolve) => first.stdout.once('data', resolve))
    assert.is((await run(connection, lock)).code, 75)
    first.kill()
    const free = async (): Promise<boolean> =>
      (await run(connection, sh`exec 9<>/run/transport.lock; flock -w 60 9`)).code === 0
    assert.ok(await free())
    await connection.close()
  })
}

test('bastions: through a to b', async () => {
  const inventory: Record<string, Target> = { a: target('a', { user: 'admin' }) }
  const transport = createTransport({ ...options, resolve: (name) => inventory[name] })
  const connection = await transport.connect(target('b', { user: 'root', proxyJump: 'a' }))
  assert.is((await run(connection, sh`echo "$SSH_CONNECTION"`)).stdout.split(' ')[0], host('a').address)
  const greeting = await connection
    .dial(host('a').address, 22)
    .then((stream) => new Promise((resolve) => stream.once('data', (chunk) => resolve(String(chunk)))))
  assert.match(String(greeting), /^SSH-2\.0-OpenSSH/)
  await connection.close()
  const refused = await failure(
    createTransport({ ...options, resolve: () => target('a', { user: 'notunnel' }) }).connect(
      target('b', { user: 'root', proxyJump: 'x' }),
    ),
  )
  assert.is(refused.failure, 'forwarding')
})

test('a link that is cut is lost, and made anew when it is healed', async () => {
  const connection = await createTransport(options).connect(
    target('a', { user: 'admin', keepalive: 5, connectTimeout: 60 }),
  )
  const exec = connection.exec(sh`echo begun; sleep 30`)
  await new Promise((resolve) => exec.stdout.once('data', resolve))
  exec.stdout.resume()
  await box.cut('a')
  const error = await failure(exec.done)
  assert.is(error.failure, 'lost')
  assert.match(error.message, /keepalives/)
  const away = await failure(connection.reconnect())
  assert.ok(['timeout', 'unreachable'].includes(away.failure), away.message)
  await box.heal('a')
  for (let i = 0; i < 20; i++) {
    const back = await connection.reconnect().then(
      () => true,
      () => false,
    )
    if (back) break
  }
  assert.is((await run(connection, sh`echo back`)).stdout, 'back\n')
  await connection.close()
})

test('a host that drops every packet is a time-out; an address of nobody is unreachable', async () => {
  await box.drop('a')
  const silent = await failure(createTransport(options).connect(target('a', { user: 'admin', connectTimeout: 1 })))
  await box.undrop('a')
  assert.is(silent.failure, 'timeout')
  assert.match(silent.message, 'security group')
  const nobody = host('a').address.replace(/\d+$/, '250')
  const error = await failure(
    createTransport(options).connect({ name: 'x', address: nobody, ssh: { user: 'root', retries: 0 } }),
  )
  assert.is(error.failure, 'unreachable')
})

const waiting = (to: Target): { told: string[]; made: Promise<Connection> } => {
  const told: string[] = []
  return { told, made: createTransport(options).connect(to, undefined, ({ text }) => told.push(text)) }
}

for (const name of ['a', 'b']) {
  test(`${name}: a host that is booting says so, and is waited for`, async () => {
    const words = 'System is booting up. Unprivileged users are not permitted to log in yet.'
    await host(name).sh(`echo '${words}' >/run/nologin`)
    const error = await failure(createTransport(options).connect(target(name, { user: 'admin', retries: 1 })))
    assert.match(error.message, `closed the login of admin; it said: ${words}`)
    const { told, made } = waiting(target(name, { user: 'admin', retries: 1 }))
    await until('it has said so twice', () => told.length >= 2)
    await host(name).sh('rm /run/nologin')
    const connection = await made
    assert.is((await run(connection, sh`echo up`)).stdout, 'up\n')
    await connection.close()
    assert.match(told[0] as string, words)
  })

  test(`${name}: an account that has expired, and a host that is closed, say so`, async () => {
    await host(name).sh('chage -E 0 limited; echo Closed until noon. >/etc/nologin')
    const nologin = await failure(createTransport(options).connect(target(name, { user: 'admin' })))
    await host(name).sh('rm /etc/nologin')
    const expired = await failure(createTransport(options).connect(target(name, { user: 'limited' })))
    await host(name).sh('chage -E -1 limited')
    assert.match(nologin.message, 'closed the login of admin; it said: Closed until noon.')
    assert.match(expired.message, /closed the login of limited; it said: Your account has expired/)
  })

  test(`${name}: a session that pam does not open is waited for`, async () => {
    await host(name).sh('touch /run/full')
    const error = await failure(once(target(name, { user: 'full' }), sh`true`))
    assert.is(error.failure, 'full', error.message)
    const { told, made } = waiting(target(name, { user: 'full', retries: 1 }))
    const connection = await made
    const answer = run(connection, sh`echo in`)
    await until('it has said so', () => told.length > 0)
    await host(name).sh('rm /run/full')
    assert.is((await answer).stdout, 'in\n')
    await connection.close()
  })
}

test('a frozen host: the login is not done in time', async () => {
  await box.freeze('b')
  const error = await failure(createTransport(options).connect(target('b', { user: 'admin', connectTimeout: 10 })))
  await box.thaw('b')
  assert.is(error.failure, 'timeout')
  assert.match(error.message, 'took the connection')
})

test.run()
