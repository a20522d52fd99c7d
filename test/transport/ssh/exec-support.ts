import * as assert from 'uvu/assert'
import type { Script } from '../../../src/shell/script.ts'
import { createTransport } from '../../../src/transport/index.ts'
import type { Connection, ExecEnd, ExecOptions, TransportError } from '../../../src/transport/transport.ts'
import type { Run } from '../../support/ssh-run.ts'
import { sshServer, type TestServer } from '../../support/ssh-server.ts'
import { testHome } from '../../support/test-home.ts'

export const home = testHome()
export const closing: (() => Promise<unknown>)[] = []

export async function host(
  run?: Run,
  more: { maxSessions?: number; forwarding?: 'prohibited' } = {},
): Promise<{ server: TestServer; connection: Connection }> {
  const server = await sshServer({ keys: [home.publicKey], ...(run ? { run } : {}), ...more })
  closing.push(() => server.stop())
  const transport = createTransport({ home: home.path, env: {} })
  const connection = await transport.connect(server.target({ hostKey: server.hostKey, keepalive: 0 }))
  closing.unshift(() => connection.close())
  return { server, connection }
}

export async function run(
  connection: Connection,
  script: Script,
  options?: ExecOptions,
): Promise<ExecEnd & { stdout: string }> {
  const exec = connection.exec(script, options)
  const chunks: Buffer[] = []
  for await (const chunk of exec.stdout) chunks.push(chunk as Buffer)
  return { ...(await exec.done), stdout: Buffer.concat(chunks).toString() }
}

/** The failure that an exec ends with; its stdout must end with the same. */
export async function failure(connection: Connection, script: Script, options?: ExecOptions): Promise<TransportError> {
  const exec = connection.exec(script, options)
  let read: unknown
  try {
    for await (const _ of exec.stdout);
  } catch (error) {
    read = error
  }
  const ended = await exec.done.then(
    () => assert.unreachable('it should have failed'),
    (error) => error,
  )
  assert.is(read, ended, 'an output that was cut off must not look complete')
  return ended as TransportError
}
