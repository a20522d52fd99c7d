import { setTimeout as sleep } from 'node:timers/promises'
import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { sh } from '../../../src/shell/script.ts'
import { createTransport } from '../../../src/transport/index.ts'
import { exit, scripted } from '../../support/ssh-run.ts'
import { sshServer } from '../../support/ssh-server.ts'
import { closing, failure, home, host, run } from './exec-support.ts'

const test = suite('transport/ssh/exec: links that are lost, and other ends')

test.after.each(async () => {
  for (const close of closing.splice(0)) await close()
})
test.after(() => home.remove())

test('lost: the link goes in mid-script; a reconnect makes it anew and counts', async () => {
  const { server, connection } = await host()
  const exec = connection.exec(sh`echo begun; sleep 5; echo done`)
  let stdout = ''
  const error = await (async () => {
    for await (const chunk of exec.stdout) {
      stdout += String(chunk)
      server.drop()
    }
  })().catch((e) => e)
  assert.is(stdout, 'begun\n')
  assert.is(error.failure, 'lost')
  assert.match(error.message, /the connection to 127\.0\.0\.1:\d+ was lost/)
  assert.is(await exec.done.catch((e) => e), error)
  assert.is((await failure(connection, sh`true`)).failure, 'lost')
  await connection.reconnect()
  assert.is((await run(connection, sh`echo back`)).stdout, 'back\n')
  assert.is(connection.cost.connections, 2)
})

test('lost: an idle link that is reset does not end the process', async () => {
  const { server, connection } = await host()
  server.drop()
  await sleep(50)
  assert.is((await failure(connection, sh`true`)).failure, 'lost')
})

test('lost: a channel that ends without an exit status is no success', async () => {
  const { connection } = await host(
    scripted(({ nonce }, channel) => {
      channel.stderr.write(`${nonce} begin\n`)
      channel.write(`${nonce} begin 0\nhalf an ans`)
      channel.end()
    }),
  )
  const error = await failure(connection, sh`true`)
  assert.is(error.failure, 'lost')
  assert.match(error.message, 'without an exit status')
})

test('lost: keepalives that nobody answers', async () => {
  const server = await sshServer({ keys: [home.publicKey] })
  closing.push(() => server.stop())
  const connection = await createTransport({ home: home.path, env: {} }).connect(
    server.target({ hostKey: server.hostKey, keepalive: 0.1 }),
  )
  closing.unshift(() => connection.close())
  const exec = connection.exec(sh`echo begun; sleep 10`)
  exec.stdout.once('data', () => server.freeze())
  exec.stdout.resume()
  const error = await exec.done.catch((e) => e)
  assert.is(error.failure, 'lost')
  assert.match(error.message, /keepalives/)
})

test('aborted: killed before it began, and while it runs', async () => {
  const { server, connection } = await host()
  const early = connection.exec(sh`true`)
  early.kill()
  assert.is((await early.done.catch((e) => e)).failure, 'aborted')
  const late = connection.exec(sh`echo a; cat <&8 >/dev/null`, { input: true })
  late.stdout.once('data', () => late.kill())
  assert.is((await late.done.catch((e) => e)).failure, 'aborted')
  assert.is((await run(connection, sh`echo fine`)).stdout, 'fine\n')
  assert.is(server.stats.connections, 1)
})

test('aborted: a reader that stops reading', async () => {
  const { connection } = await host()
  const exec = connection.exec(sh`yes`)
  for await (const _ of exec.stdout) break
  assert.is((await exec.done.catch((e) => e)).failure, 'aborted')
})

test('a failure that nobody listens to does not end the process', async () => {
  const { server, connection } = await host()
  connection.exec(sh`sleep 5`)
  await sleep(100)
  server.drop()
  await sleep(100)
})

test('protocol: another nonce is not ours', async () => {
  const { connection } = await host(
    scripted((_script, channel) => {
      channel.write('0000000000000000 begin 0\nroot:x:0:0\n')
      exit(channel, 0)
    }),
  )
  const error = await failure(connection, sh`true`)
  assert.is(error.failure, 'protocol')
  assert.match(
    error.message,
    /ended with code 0 before the script began, and said: 0000000000000000 begin 0 root:x:0:0/,
  )
})

test('protocol: a forced command', async () => {
  const { connection } = await host((_command, channel) => {
    channel.write('\x1b[31mOnly git here\x1b[0m\n')
    exit(channel, 1)
  })
  const error = await failure(connection, sh`true`)
  assert.is(error.failure, 'protocol')
  assert.match(error.message, /said: Only git here; is there a forced command/)
})

test('protocol: not root', async () => {
  const { connection } = await host(
    scripted(({ nonce }, channel) => {
      channel.write(`${nonce} begin 1000\n`)
      exit(channel, 0)
    }),
  )
  assert.match((await failure(connection, sh`true`)).message, /uid 1000 there, not as root/)
})

test('protocol: one session too many', async () => {
  const { connection } = await host(undefined, { maxSessions: 1 })
  const first = connection.exec(sh`cat <&8`, { input: true })
  first.stdout.resume()
  await sleep(100)
  const error = await failure(connection, sh`true`)
  assert.is(error.failure, 'protocol')
  assert.match(error.message, 'MaxSessions')
  first.end()
  assert.is((await first.done).code, 0)
})

test.run()
