/** Connections to SSH servers of this process. */

import { setTimeout as sleep } from 'node:timers/promises'
import type { Test } from 'uvu'
import * as assert from 'uvu/assert'
import { sh } from '../../../../src/shell/script.ts'
import { Secret } from '../../../../src/shell/secret.ts'
import { createTransport, type Question, type TransportOptions } from '../../../../src/transport/index.ts'
import type { Connection, Target, TransportError } from '../../../../src/transport/transport.ts'
import { type ServerOptions, sshServer, type TestServer } from '../../../support/ssh-server.ts'
import { type TestHome, testHome } from '../../../support/test-home.ts'

const closing: (() => unknown)[] = []

/** What is closed after the test that runs. */
export const closesAfter = (close: () => unknown): void => void closing.push(close)

/** Closes after each test of a suite what it has opened. */
export const closesAll = (test: Test): void =>
  test.after.each(async () => {
    for (const close of closing.splice(0).reverse()) await close()
  })

/** A home with a key. */
export const newHome = (): TestHome => {
  const home = testHome()
  closing.push(() => home.remove())
  return home
}

/** A server. */
export const serve = async (options: ServerOptions): Promise<TestServer> => {
  const server = await sshServer(options)
  closing.push(() => server.stop())
  return server
}

/** A connection, or the failure. */
export const attempt = async (
  target: Target,
  options: TransportOptions,
  signal?: AbortSignal,
): Promise<Connection | TransportError> => {
  const made = await createTransport({ env: {}, ...options })
    .connect(target, signal)
    .catch((error: TransportError) => error)
  if (!(made instanceof Error)) closing.push(() => made.close())
  return made
}

/** The failure of a connection that must not be made. */
export const failed = async (
  target: Target,
  options: TransportOptions,
  signal?: AbortSignal,
): Promise<TransportError> => {
  const made = await attempt(target, options, signal)
  if (!(made instanceof Error)) assert.unreachable('it should not have connected')
  return made as TransportError
}

/** A connection that must be made. */
export const connected = async (target: Target, options: TransportOptions): Promise<Connection> => {
  const made = await attempt(target, options)
  if (made instanceof Error) throw made
  return made
}

/** What a script says over it. */
export const says = async (connection: Connection): Promise<string> => {
  const exec = connection.exec(sh`echo hello`)
  let text = ''
  for await (const chunk of exec.stdout) text += String(chunk)
  await exec.done
  return text
}

/** Answers questions, and keeps them. */
export const answers = (text: string | undefined): { asked: Question[]; ask: TransportOptions['ask'] & {} } => {
  const asked: Question[] = []
  return {
    asked,
    ask: async (question) => {
      asked.push(question)
      await sleep(10)
      return text === undefined ? undefined : new Secret(text)
    },
  }
}
