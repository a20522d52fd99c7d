import * as assert from 'uvu/assert'
import { sh } from '../../../src/shell/script.ts'
import { Secret } from '../../../src/shell/secret.ts'
import { createTransport } from '../../../src/transport/index.ts'
import type { SshSettings } from '../../../src/transport/transport.ts'
import { journal } from '../../support/journal.ts'
import { until } from '../../support/until.ts'
import { failure, host, once, options, PASSWORD, run, SHELLS, target, test } from './ground.ts'

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
