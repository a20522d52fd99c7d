import { spawnSync } from 'node:child_process'
import { createServer } from 'node:net'
import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { type Script, sh } from '../../src/shell/script.ts'
import { createTransport } from '../../src/transport/index.ts'
import type { Connection, ExecEnd } from '../../src/transport/transport.ts'

const test = suite('transport/local')
const HOST = { name: 'here', address: 'ignored.invalid', ssh: { transport: 'local' as const } }
const connect = (): Promise<Connection> => createTransport().connect(HOST)
const run = async (script: Script): Promise<ExecEnd & { stdout: string }> => {
  const exec = (await connect()).exec(script)
  let stdout = ''
  for await (const chunk of exec.stdout) stdout += String(chunk)
  return { stdout, ...(await exec.done) }
}

// Scripts run as root, so all but the last tests need to be it, or a sudo that asks nothing.
const root = process.getuid?.() === 0 || spawnSync('sudo', ['-n', 'true']).status === 0
const asRoot = (name: string, body: () => Promise<void>): void => {
  if (root) test(name, body)
  else console.log(`not run here: "${name}" needs root, or sudo without a password`)
}

asRoot('runs scripts as root, and says how they ended', async () => {
  assert.equal(await run(sh`id -u; echo oops >&2; exit 3`), { stdout: '0\n', stderr: 'oops\n', code: 3 })
  assert.is((await run(sh`kill -TERM $$`)).code, 143)
})

asRoot("the controller's environment stays with it", async () => {
  process.env.PROVISION_TEST_CREDENTIAL = 'hunter2'
  try {
    const { stdout } = await run(sh`env; pwd; umask`)
    assert.not.match(stdout, 'hunter2')
    assert.match(stdout, /^LC_ALL=C$/m)
    assert.match(stdout, /\n\/\n0022\n$/)
  } finally {
    delete process.env.PROVISION_TEST_CREDENTIAL
  }
})

asRoot('input, silence and cost are those of SSH', async () => {
  const connection = await connect()
  const exec = connection.exec(sh`cat <&8`, { input: true })
  exec.write('in')
  exec.end()
  let text = ''
  for await (const chunk of exec.stdout) text += String(chunk)
  assert.is(text, 'in')
  assert.equal([connection.cost.connections, connection.cost.execs], [0, 1])
  const silent = connection.exec(sh`sleep 5`, { silence: 100 })
  silent.stdout.resume()
  assert.is((await silent.done.catch((error) => error)).failure, 'hang')
})

asRoot('a kill aborts', async () => {
  const exec = (await connect()).exec(sh`sleep 5`)
  exec.stdout.resume()
  setTimeout(() => exec.kill(), 50)
  assert.is((await exec.done.catch((error) => error)).failure, 'aborted')
})

test('dials from this machine', async () => {
  const server = createServer((socket) => socket.end('hello'))
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  const { port } = server.address() as { port: number }
  const connection = await connect()
  const stream = await connection.dial('127.0.0.1', port)
  let text = ''
  for await (const chunk of stream) text += String(chunk)
  assert.is(text, 'hello')
  await new Promise((resolve) => server.close(resolve))
  const error = await connection.dial('127.0.0.1', port).catch((e) => e)
  assert.equal(
    [error.failure, error.message],
    ['refused', `127.0.0.1:${port} refused the connection made from this machine`],
  )
  assert.is((await connection.dial('no-such-host.invalid', 1).catch((error) => error)).failure, 'dns')
})

test.run()
