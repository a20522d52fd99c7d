import { constants } from 'node:os'
import type { Readable, Writable } from 'node:stream'
import type { Cost } from '../transport.ts'

/** A running command as streams: a session channel of SSH, or a child process. */
export interface Channel {
  readonly stdin: Writable
  readonly stdout: Readable
  readonly stderr: Readable
  /** How it ended; `undefined` if the link was lost before that was known. Never rejects. */
  readonly exit: Promise<Exit | undefined>
  close(): void
}

/** How a command ended, as SSH and child processes report it: a status, or a signal's name. */
export interface Exit {
  readonly code: number | null
  readonly signal?: string | null | undefined
}

const SIGNALS: Readonly<Record<string, number>> = constants.signals

/** The exit code that a shell would report as `$?`. */
export const exitStatus = ({ code, signal }: Exit): number => code ?? 128 + (SIGNALS[signal ?? ''] ?? 0)

/** {@link Cost} while it is being counted. */
export type Counter = { -readonly [K in keyof Cost]: Cost[K] }

/** The cost before any action. */
export const noCost = (): Counter => ({ connections: 0, execs: 0, bytesUp: 0, bytesDown: 0 })

/** Closes a channel and discards its remaining output, so that it can end. */
export function release(channel: Channel): void {
  channel.stdout.unpipe()
  channel.stdout.resume()
  channel.stderr.resume()
  channel.close()
}
