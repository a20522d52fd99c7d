import { chmodSync, mkdtempSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { sh } from '../../../src/shell/script.ts'
import { Secret } from '../../../src/shell/secret.ts'
import { createTransport, type Question } from '../../../src/transport/index.ts'
import type { Connection, TransportError } from '../../../src/transport/transport.ts'
import { realShell } from '../../support/ssh-run.ts'
import { sshServer, type TestServer } from '../../support/ssh-server.ts'
import { testHome } from '../../support/test-home.ts'

const test = suite('transport/ssh/sudo')
const home = testHome()
const dir = mkdtempSync(join(tmpdir(), 'provision-sudo-'))
const closing: (() => Promise<unknown>)[] = []
test.after.each(async () => {
  for (const close of closing.splice(0)) await close()
})
test.after(() => {
  home.remove()
  rmSync(dir, { recursive: true })
})

const PASSWORD = "it's $ecret"

/**
 * Something that behaves as sudo 1.9 does on a pipe (which test/sandbox tries with the real one): with -S it prompts on
 * stderr and reads lines of stdin as passwords, three times; without a need for a password it runs the command at once.
 * It keeps its arguments and what it read as passwords.
 */
function fakeSudo(kind: 'wants a password' | 'wants none' | 'refuses'): {
  bin: string
  args(): string
  reads(): string
} {
  const bin = mkdtempSync(join(dir, 'bin-'))
  const file = join(bin, 'sudo')
  const wanted = PASSWORD.replaceAll("'", "'\\''")
  writeFileSync(
    file,
    `#!/bin/sh
printf '%s\\n' "$*" >>'${bin}/args'; : >>'${bin}/reads'
while :; do case $1 in -n) n=1; shift;; -S) shift;; -p) p=$2; shift 2;; *) break;; esac; done
case '${kind}' in
'wants none') exec "$@";;
'refuses') echo "Sorry, user alice may not run sudo on db." >&2; exit 1;;
esac
[ -z "$n" ] || { echo 'sudo: a password is required' >&2; exit 1; }
echo 'We trust you have received the usual lecture.' >&2
for try in 1 2 3; do
  printf '%s' "$p" >&2
  IFS= read -r line || { printf '\\nsudo: no password was provided\\nsudo: %s incorrect password attempt\\n' $((try-1)) >&2; exit 1; }
  printf '%s\\n' "$line" >>'${bin}/reads'
  [ "$line" != '${wanted}' ] || exec "$@"
  printf '\\nSorry, try again.\\n' >&2
done
exit 1
`,
  )
  chmodSync(file, 0o755)
  const read = (name: string): string => readFileSync(join(bin, name), 'utf8')
  return { bin, args: () => read('args'), reads: () => read('reads') }
}

const serve = async (sudo: { bin: string }): Promise<TestServer> => {
  const server = await sshServer({ keys: [home.publicKey], run: realShell(['sh', '-c'], `${sudo.bin}:/usr/bin:/bin`) })
  closing.push(() => server.stop())
  return server
}
function transport(answer: string | undefined, pause = 0) {
  const asked: Question[] = []
  const made = createTransport({
    home: home.path,
    env: {},
    ask: async (question) => {
      asked.push(question)
      await sleep(pause)
      return answer === undefined ? undefined : new Secret(answer)
    },
  })
  const connect = async (server: TestServer, name = 'host', more = {}): Promise<Connection> => {
    const connection = await made.connect(
      server.target({ user: 'alice', hostKey: server.hostKey, sudoPassword: 'ask', ...more }, name),
    )
    closing.unshift(() => connection.close())
    return connection
  }
  return { asked, connect }
}
const run = async (connection: Connection): Promise<string> => {
  const exec = connection.exec(sh`echo hello`)
  let text = ''
  for await (const chunk of exec.stdout) text += String(chunk)
  const { code, stderr } = await exec.done
  return `${text}${stderr}${code}`
}
const failure = (connection: Connection): Promise<TransportError> =>
  run(connection).then(assert.unreachable, (error) => error)

test('a password that is right: asked once for all hosts and scripts, and in no argument', async () => {
  const sudos = [1, 2, 3].map(() => fakeSudo('wants a password'))
  const servers = await Promise.all(sudos.map(serve))
  const { asked, connect } = transport(PASSWORD)
  const connections = await Promise.all(servers.map((server, i) => connect(server, `h${i}`)))
  assert.equal(await Promise.all(connections.map(run)), ['hello\n0', 'hello\n0', 'hello\n0'])
  assert.is(await run(connections[0] as Connection), 'hello\n0')
  assert.equal(asked, [{ kind: 'sudo', text: 'Password for sudo' }])
  for (const sudo of sudos) assert.not.match(sudo.args(), 'ecret')
  assert.equal(
    servers.map(({ stats }) => stats.sessions),
    [2, 1, 1],
  )
  assert.not.match(servers.map(({ stats }) => stats.commands.join()).join(), 'ecret')
})

test('a password that is wrong: one attempt, on one host; no line of the script is taken for a password', async () => {
  const sudos = [1, 2, 3].map(() => fakeSudo('wants a password'))
  const servers = await Promise.all(sudos.map(serve))
  const { asked, connect } = transport('wrong')
  const connections = await Promise.all(servers.map((server, i) => connect(server, `h${i}`)))
  const errors = await Promise.all(connections.map(failure))
  assert.equal(
    errors.map((error) => error.failure),
    ['sudo-password', 'sudo-password', 'sudo-password'],
  )
  assert.is(
    errors.filter(({ message }) => /did not accept the password of alice: it was tried once/.test(message)).length,
    1,
  )
  assert.is(errors.filter(({ message }) => /refused by h\d and so was not tried here/.test(message)).length, 2)
  assert.is(sudos.map((sudo) => sudo.reads()).join(''), 'wrong\n')
  assert.is(asked.length, 1)
  for (const connection of connections) assert.is((await failure(connection)).failure, 'sudo-password')
  assert.is(sudos.map((sudo) => sudo.reads()).join(''), 'wrong\n', 'nor is it tried by a second script')
})

test('a password that sudo does not want is neither asked for nor sent', async () => {
  const sudo = fakeSudo('wants none')
  const { asked, connect } = transport(PASSWORD)
  assert.is(await run(await connect(await serve(sudo))), 'hello\n0')
  assert.equal([asked, sudo.reads()], [[], ''])
})

test('a person who takes long', async () => {
  const { connect } = transport(PASSWORD, 3500)
  assert.is(
    await run(await connect(await serve(fakeSudo('wants a password')), 'host', { connectTimeout: 60 })),
    'hello\n0',
  )
})

test('nobody there to ask', async () => {
  const error = await failure(await transport(undefined).connect(await serve(fakeSudo('wants a password'))))
  assert.is(error.failure, 'sudo-password')
  assert.match(error.message, /none was given \(Password for sudo\)/)
})

test('input goes to the script and not to sudo', async () => {
  const connection = await transport(PASSWORD).connect(await serve(fakeSudo('wants a password')))
  const exec = connection.exec(sh`cat <&8`, { input: true })
  exec.write('line one\n')
  exec.write('line two\n')
  exec.end()
  let text = ''
  for await (const chunk of exec.stdout) text += String(chunk)
  assert.is(text, 'line one\nline two\n')
})

test('without sudoPassword: sudo runs with -n, and what it says becomes a sentence', async () => {
  const wants = fakeSudo('wants a password')
  const { asked, connect } = transport(PASSWORD)
  const error = await failure(await connect(await serve(wants), 'host', { sudoPassword: undefined }))
  assert.is(error.failure, 'sudo-password')
  assert.match(error.message, /set ssh\.sudoPassword to "ask"/)
  assert.match(wants.args(), /^-n sh -c/)
  assert.equal(asked, [])
  const refused = await failure(await connect(await serve(fakeSudo('refuses')), 'host', { sudoPassword: undefined }))
  assert.is(refused.failure, 'sudo-refused')
  assert.is(
    await run(await connect(await serve(fakeSudo('wants none')), 'host', { sudoPassword: undefined })),
    'hello\n0',
  )
})

test('there is no sudo', async () => {
  const bin = mkdtempSync(join(dir, 'bin-'))
  for (const program of ['env', 'sh']) symlinkSync(`/bin/${program}`, join(bin, program))
  const server = await sshServer({ keys: [home.publicKey], run: realShell(['/bin/sh', '-c'], bin) })
  closing.push(() => server.stop())
  const error = await failure(await transport(undefined).connect(server, 'host', { sudoPassword: undefined }))
  assert.is(error.failure, 'sudo-refused')
  assert.match(error.message, 'there is no sudo, and alice is not root')
})

test.run()
