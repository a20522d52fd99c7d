import { randomBytes } from 'node:crypto'
import type { Net } from '../../model/health.ts'
import { type Script, sh } from '../../shell/script.ts'
import type { Connection } from '../../transport/transport.ts'

/** Most bytes that a small script may print. */
const MOST = 1024 * 1024
/** Milliseconds of silence after which a script counts as hung. */
const SILENCE = 30_000

/**
 * A small script, and what of an answer is its own: a login may print something at its end as well (`trap … EXIT` in a
 * start-up file).
 */
export function closed(script: Script): { readonly script: Script; own(answer: string): string } {
  const mark = `\n${randomBytes(9).toString('hex')} end\n`
  return {
    script: sh`
      (
      ${script}
      )
      code=$?
      printf %s ${mark}
      exit $code`,
    own: (answer) => answer.split(mark, 1)[0] ?? '',
  }
}

/**
 * Runs a small script and returns its output.
 * @param silence milliseconds of silence after which it counts as hung; `Infinity`: never
 * @throws TransportError; Error with the last line of its stderr if it fails
 */
export async function output(connection: Connection, asked: Script, silence = SILENCE): Promise<string> {
  const { script, own } = closed(asked)
  const exec = connection.exec(script, { maxStdout: MOST, ...(Number.isFinite(silence) ? { silence } : {}) })
  const chunks: Buffer[] = []
  exec.stdout.on('data', (chunk: Buffer) => chunks.push(chunk))
  exec.stdout.on('error', () => undefined) // `done` rejects with it
  const { code, stderr } = await exec.done
  if (code !== 0) throw new Error(stderr.trim().split('\n').at(-1) || `exit ${code}`)
  return own(Buffer.concat(chunks).toString('utf8'))
}

/** Does something over a connection to a host. */
export type Over = <T>(work: (connection: Connection) => Promise<T>) => Promise<T>

/** What recipes may ask of a host, over connections that `over` finds. */
export const netOver = (over: Over): Net => ({
  dial: (address, port) => over((connection) => connection.dial(address, port)),
  read: (script) => over((connection) => output(connection, script)),
})

/** What recipes may ask of a host; connects first if necessary. */
export const netOf = (connect: () => Promise<Connection>): Net => netOver(async (work) => work(await connect()))
