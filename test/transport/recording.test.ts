import { PassThrough } from 'node:stream'
import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { sh } from '../../src/shell/script.ts'
import { type Answer, recordingTransport } from '../../src/transport/recording.ts'
import { type Exec, type ExecEnd, TransportError } from '../../src/transport/transport.ts'

const test = suite('transport/recording')
const HOST = { name: 'db', address: '10.0.0.1', ssh: {} }

const end = async (exec: Exec): Promise<ExecEnd & { stdout: string }> => {
  let stdout = ''
  for await (const chunk of exec.stdout) stdout += String(chunk)
  return { stdout, ...(await exec.done) }
}

const answers: readonly [name: string, answer: Answer, ended: ExecEnd & { stdout: string }][] = [
  ['text', 'hello\n', { stdout: 'hello\n', stderr: '', code: 0 }],
  ['nothing', '', { stdout: '', stderr: '', code: 0 }],
  ['bytes', Buffer.from('hi'), { stdout: 'hi', stderr: '', code: 0 }],
  ['all of it', { stdout: 'a', stderr: 'b', code: 3 }, { stdout: 'a', stderr: 'b', code: 3 }],
]
for (const [name, answer, ended] of answers) {
  test(`answers ${name}`, async () => {
    const connection = await recordingTransport({ exec: () => answer }).connect(HOST)
    assert.equal(await end(connection.exec(sh`true`)), ended)
  })
}

test('keeps what was asked, in order, and counts', async () => {
  const transport = recordingTransport({ exec: async (script) => script.text })
  const connection = await transport.connect(HOST)
  const exec = connection.exec(sh`echo ${'a b'}`, { input: true })
  exec.write('in')
  exec.end()
  assert.is((await end(exec)).stdout, "echo 'a b'")
  await connection.upload([])
  await connection.reconnect()
  await connection.close()
  assert.equal(
    transport.log.map(({ kind }) => kind),
    ['connect', 'exec', 'upload', 'reconnect', 'close'],
  )
  const [, first] = transport.log
  assert.is(first?.kind === 'exec' && first.input(), 'in')
  assert.equal(connection.cost, { connections: 2, execs: 1, bytesUp: 12, bytesDown: 10 })
})

test('fails as a link does', async () => {
  const lost = new TransportError('lost', 'gone')
  const connection = await recordingTransport({ exec: () => lost }).connect(HOST)
  const exec = connection.exec(sh`true`)
  assert.is(await end(exec).catch((error) => error), lost)
  assert.is(await exec.done.catch((error) => error), lost)
})

test('refuses to connect where it is told to', async () => {
  const refused = new TransportError('refused', 'no')
  const transport = recordingTransport({
    connect: () => {
      throw refused
    },
  })
  assert.is(await transport.connect(HOST).catch((error) => error), refused)
})

test('dials what it is given, or refuses', async () => {
  const stream = new PassThrough()
  assert.is(await (await recordingTransport({ dial: () => stream }).connect(HOST)).dial('10.0.0.2', 2181), stream)
  const error = await (await recordingTransport().connect(HOST)).dial('10.0.0.2', 2181).catch((e) => e)
  assert.is(error.failure, 'refused')
})

test('a kill aborts', async () => {
  const connection = await recordingTransport({ exec: () => new Promise(() => {}) }).connect(HOST)
  const exec = connection.exec(sh`true`)
  exec.kill()
  assert.is((await exec.done.catch((error) => error)).failure, 'aborted')
})

test.run()
