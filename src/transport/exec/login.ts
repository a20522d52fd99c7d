import type { Writable } from 'node:stream'
import type { PasswordGate } from '../password.ts'
import type { Exec, TransportError } from '../transport.ts'
import type { Channel, Counter } from './channel.ts'
import type { Sudo } from './command.ts'

/** Runs scripts on one host. */
export interface Login {
  /** The host's name, for the password gate. */
  readonly host: string
  readonly user: string
  readonly sudo: Sudo
  readonly sudoPassword?: PasswordGate
  /** Milliseconds within which a script must begin, not counting the time that the user takes to answer. */
  readonly beginTimeout: number
  readonly cost: Counter
  /** Runs a command through the login shell. @throws TransportError */
  open(command: string): Promise<Channel>
  /** The sentence for a channel that ended without an exit status. */
  lost(): TransportError
  /**
   * If `error` may be temporary, waits and logs in again. Returns whether the script may be retried.
   * @throws TransportError
   */
  again?(error: TransportError): Promise<boolean>
}

/** An {@link Exec} whose input can be written with back-pressure. */
export interface RunningExec extends Exec {
  readonly input: Writable
}
