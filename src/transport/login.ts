import type { Writable } from 'node:stream'
import type { Channel, Counter } from './channel.ts'
import type { Sudo } from './command.ts'
import type { PasswordGate } from './password.ts'
import type { Exec, TransportError } from './transport.ts'

/** Runs scripts on one host. */
export interface Login {
  /** The host's name, for the password gate. */
  readonly host: string
  readonly user: string
  readonly sudo: Sudo
  readonly sudoPassword?: PasswordGate
  /** Milliseconds within which a script must have begun, time spent asking a person not counted. */
  readonly beginTimeout: number
  readonly cost: Counter
  /** Runs a command through the login shell. @throws TransportError */
  open(command: string): Promise<Channel>
  /** The sentence for a channel that ended without an exit status. */
  lost(): TransportError
  /**
   * Waits, and logs in anew, where `error` may pass by itself. Answers whether the script may be tried again. @throws
   * TransportError
   */
  again?(error: TransportError): Promise<boolean>
}

/** An {@link Exec} whose input can be written with back-pressure. */
export interface RunningExec extends Exec {
  readonly input: Writable
}
