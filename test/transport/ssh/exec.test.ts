import { setTimeout as sleep } from 'node:timers/promises'
import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { sh } from '../../../src/shell/script.ts'
import { exit, realShell } from '../../support/ssh-run.ts'
import { sshServer } from '../../support/ssh-server.ts'
import { closing, failure, home, host, run } from './exec-support.ts'

const test = suite('transport/ssh/exec')

test.after.each(async () => {
  for (const close of closing.splice(0)) await close()
})
test.after(() => home.remove())

test('one exec is one connection and one session, and its cost is what went over the wire', async () => {
  const { server, connection } = await host()
  const ended = await run(connection, sh`echo hello; echo oops >&2; exit 3`)
  assert.equal(ended, { stdout: 'hello\n', stderr: 'oops\n', code: 3 })
  assert.equal([server.stats.connections, server.stats.sessions], [1, 1])
  const bytes = Number(/head -c (\d+)/.exec(server.stats.commands[0] as string)?.[1])
  const marks = '0123456789abcdef begin 0\n0123456789abcdef begin\n'.length
  assert.equal(connection.cost, { connections: 1, execs: 1, bytesUp: bytes, bytesDown: marks + 'hello\noops\n'.length })
})

test('the login costs no more round trips than its key needs', async () => {
  const { server } = await host()
  assert.equal(
    server.stats.auth.filter((method) => method === 'none'),
    [],
  )
  assert.is(server.stats.auth.at(-1), 'publickey')
  assert.ok(server.stats.auth.length <= 2, server.stats.auth.join())
})

test('many execs share the connection, also at once', async () => {
  const { server, connection } = await host()
  const ended = await Promise.all(Array.from({ length: 5 }, (_, i) => run(connection, sh`echo ${i}; exit ${i}`)))
  assert.equal(
    ended.map(({ stdout, code }) => [stdout, code]),
    [0, 1, 2, 3, 4].map((i) => [`${i}\n`, i]),
  )
  assert.equal([server.stats.connections, server.stats.sessions, connection.cost.execs], [1, 5, 5])
})

test('a signal is 128 and its number', async () => {
  const { connection } = await host()
  assert.is((await run(connection, sh`kill -TERM $$`)).code, 143)
})

test('noise of the login is neither in stdout nor in stderr', async () => {
  const noisy = realShell([
    'sh',
    '-c',
    'echo "welcome, $USER"; printf "no line feed"; echo "stdin: is not a tty" >&2; eval "$1"',
    'sh',
  ])
  const { connection } = await host(noisy)
  assert.equal(await run(connection, sh`echo a; echo b >&2`), { stdout: 'a\n', stderr: 'b\n', code: 0 })
})

test('bytes arrive as they are', async () => {
  const { connection } = await host()
  const exec = connection.exec(sh`printf '\0\377\303\244\r\n'`)
  const chunks: Buffer[] = []
  for await (const chunk of exec.stdout) chunks.push(chunk as Buffer)
  assert.is(Buffer.concat(chunks).toString('hex'), '00ffc3a40d0a')
})

test('input: the script reads what is written to it, and its end', async () => {
  const { connection } = await host()
  const exec = connection.exec(sh`read -r line <&8; echo "<$line>"; cat <&8; echo end`, { input: true })
  let stdout = ''
  exec.write('first\n')
  for await (const chunk of exec.stdout) {
    stdout += String(chunk)
    if (stdout === '<first>\n') {
      exec.write(Buffer.from('second\n'))
      exec.end()
    }
  }
  assert.equal([stdout, (await exec.done).code], ['<first>\nsecond\nend\n', 0])
})

test('input that was not asked for is a mistake of the caller', async () => {
  const { connection } = await host()
  const exec = connection.exec(sh`true`)
  assert.throws(() => exec.write('x'), /without input: true/)
  exec.kill()
})

test('only the last 64 KiB of stderr are kept', async () => {
  const { connection } = await host()
  const { stderr } = await run(connection, sh`head -c 300000 /dev/zero | tr '\0' x >&2; echo last >&2`)
  assert.is(stderr.length, 65536)
  assert.match(stderr, /xlast\n$/)
})

test('a slow reader holds 100 MB back instead of filling memory', async () => {
  const { connection } = await host()
  const size = 100 * 1024 * 1024
  const exec = connection.exec(sh`head -c ${size} /dev/zero`, { silence: 8000 })
  // Nobody reads for a while, longer than `silence`: a reader that is slow is not a script that is silent.
  await sleep(8500)
  assert.ok(connection.cost.bytesDown < 8 * 1024 * 1024, `${connection.cost.bytesDown} bytes were taken in unread`)
  let read = 0
  let most = 0
  const before = process.memoryUsage().rss
  for await (const chunk of exec.stdout) {
    read += (chunk as Buffer).length
    most = Math.max(most, process.memoryUsage().rss - before)
  }
  assert.is(read, size)
  assert.is((await exec.done).code, 0)
  assert.ok(most < 150 * 1024 * 1024, `${most} bytes of memory`)
})

test('flood: more than the answer may be', async () => {
  const { connection } = await host()
  const error = await failure(connection, sh`yes`, { maxStdout: 100_000 })
  assert.is(error.failure, 'flood')
  assert.match(error.message, '100000')
  assert.is((await run(connection, sh`echo still here`)).stdout, 'still here\n')
})

test('an answer of exactly the limit is none', async () => {
  const { connection } = await host()
  assert.is((await run(connection, sh`printf 12345`, { maxStdout: 5 })).stdout, '12345')
})

test('hang: the script is silent for too long', async () => {
  const { connection } = await host()
  const error = await failure(connection, sh`echo a; sleep 5`, { silence: 200 })
  assert.is(error.failure, 'hang')
  assert.match(error.message, 'nothing for 0.2 s')
})

test('a script that speaks now and then is not silent', async () => {
  const { connection } = await host()
  assert.is((await run(connection, sh`for i in 1 2 3 4 5 6; do sleep 1.7; echo $i; done`, { silence: 8000 })).code, 0)
})

test('hang: the script never begins', async () => {
  const { connection } = await host((_command, channel) => void channel.write('Enter code: '))
  const error = await failure(connection, sh`true`, { beginTimeout: 200 })
  assert.is(error.failure, 'hang')
  assert.match(error.message, /within 0\.2 s \(it said: Enter code:\)/)
})

test('nologin', async () => {
  const { connection } = await host((_command, channel) => {
    channel.write('This account is currently not available.\n')
    exit(channel, 1)
  })
  assert.is((await failure(connection, sh`true`)).failure, 'nologin')
})

test('dial: through the host to any address it reaches', async () => {
  const { server, connection } = await host()
  const other = await sshServer({})
  closing.push(() => other.stop())
  const stream = await connection.dial('127.0.0.1', other.port)
  const greeting = await new Promise<string>((resolve) => stream.once('data', (chunk) => resolve(String(chunk))))
  assert.match(greeting, /^SSH-2\.0-/)
  stream.destroy()
  assert.equal([server.stats.forwards, server.stats.sessions], [[`127.0.0.1:${other.port}`], 0])
  await other.stop()
  const error = await connection.dial('127.0.0.1', other.port).catch((e) => e)
  assert.is(error.failure, 'refused')
  assert.match(
    error.message,
    new RegExp(`127.0.0.1:${other.port} refused the connection made from 127.0.0.1:${server.port}`),
  )
})

test('dial: forwarding is not allowed', async () => {
  const { connection } = await host(undefined, { forwarding: 'prohibited' })
  const error = await connection.dial('127.0.0.1', 9).catch((e) => e)
  assert.is(error.failure, 'forwarding')
  assert.match(error.message, 'AllowTcpForwarding')
})

test('dial: on a lost link', async () => {
  const { server, connection } = await host()
  server.drop()
  await sleep(50)
  assert.is((await connection.dial('127.0.0.1', 9).catch((e) => e)).failure, 'lost')
})

test.run()
