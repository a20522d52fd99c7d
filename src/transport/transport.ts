import type { Duplex, Readable } from 'node:stream'
import { UserError } from '../lib/user-error.ts'
import type { Blob, Script } from '../shell/script.ts'

/** What a connection has cost so far, counted, not estimated. */
export interface Cost {
  /** TCP connections to the host, including reconnections. */
  readonly connections: number
  /** Scripts run: session channels with an exec. */
  readonly execs: number
  /** Bytes of scripts and blobs sent, before SSH's own framing. */
  readonly bytesUp: number
  /** Bytes of standard output and standard error received. */
  readonly bytesDown: number
}

/** How a script ended. */
export interface ExecEnd {
  /** Exit status; 128 + signal if a signal ended it. */
  readonly code: number
  /** The last bytes of standard error (at most 64 KiB), decoded, control characters included. */
  readonly stderr: string
}

/** A script that is running on a host. */
export interface Exec {
  /** The script's output, without the login's noise before it. Not decoded. Must be consumed. */
  readonly stdout: Readable
  /** Resolves once the script has ended and stdout has been read. Rejects with a {@link TransportError}. */
  readonly done: Promise<ExecEnd>
  /** With `input: true`: bytes for the script's descriptor 8. */
  write(data: string | Uint8Array): void
  /** Ends the script's input. */
  end(): void
  /** Closes the channel at once; `done` rejects with `aborted`. */
  kill(): void
}

/** Waits for the end of a script whose output is of no use: it must be read all the same. @throws TransportError */
export function ended({ stdout, done }: Exec): Promise<ExecEnd> {
  stdout.resume()
  return done
}

/** Options for running one script. */
export interface ExecOptions {
  /** The script reads more from descriptor 8 (to hold a lock, or for a blob). Its descriptor 0 is always /dev/null. */
  readonly input?: boolean
  /** Milliseconds within which the script must *begin*; default: the connect timeout. */
  readonly beginTimeout?: number
  /** Milliseconds of silence (no byte on stdout) after which `done` rejects with `hang`; default none. */
  readonly silence?: number
  /** Most bytes of stdout; more make `done` reject with `flood`. Default none. */
  readonly maxStdout?: number
}

/** One connected host. Scripts run as root there (through sudo if the login is not root's). */
export interface Connection {
  readonly cost: Cost
  exec(script: Script, options?: ExecOptions): Exec
  /** Brings blobs to {@link BLOB_DIR}; does not send those that are there already. */
  upload(blobs: readonly Blob[]): Promise<void>
  /** A TCP connection that the host makes (through its own sshd) to any address that it can reach. */
  dial(address: string, port: number): Promise<Duplex>
  /** Opens a lost connection again. @throws TransportError */
  reconnect(): Promise<void>
  close(): Promise<void>
}

/** What a connection attempt waits for. */
export interface Wait {
  /**
   * `again`: an attempt failed, and is retried, because the failure may be temporary. `for`: the attempt continues once
   * that is available.
   */
  readonly kind: 'again' | 'for'
  readonly text: string
}

/** A way to reach hosts. `target` has whatever shape the transport's inventory entries have. */
export interface Transport {
  /**
   * @param waits called with what the program waits for; if given, temporary failures (a booting host) are waited out,
   * otherwise only `retries` attempts follow
   * @throws TransportError
   */
  connect(host: Target, signal?: AbortSignal, waits?: (wait: Wait) => void): Promise<Connection>
}

/** The part of an inventory host that a transport needs. */
export interface Target {
  readonly name: string
  readonly address: string
  readonly ssh: SshSettings
  /** Why there is nothing to connect to, if that is known. */
  readonly absent?: string
  /**
   * What to do if the address does not answer, or another host does; set if the address was not written by hand and may
   * be outdated.
   */
  readonly remedy?: string
}

/** How to log in to a host; all optional, from inventory, `~/.ssh/config` or flags. Times in seconds. */
export interface SshSettings {
  /** `local`: this machine, no SSH. */
  readonly transport?: 'ssh' | 'local'
  readonly user?: string
  readonly port?: number
  /** Path of a private key; `~` is the home directory. */
  readonly identityFile?: string
  /** Bastions, `user@host:port`, first hop first; or names of inventory hosts. */
  readonly proxyJump?: string
  /** Pinned public key, as in known_hosts: `ssh-ed25519 AAAA…`. */
  readonly hostKey?: string
  /** `strict` (default) or `accept-new`. There is no "off". */
  readonly hostKeyCheck?: 'strict' | 'accept-new'
  readonly connectTimeout?: number
  readonly retries?: number
  readonly keepalive?: number
  readonly password?: 'ask'
  readonly sudoPassword?: 'ask'
}

/** Every way a connection can fail, as one word. */
export type TransportFailure =
  | 'dns'
  | 'refused'
  | 'timeout'
  | 'unreachable'
  | 'host-key'
  | 'auth'
  | 'key'
  | 'sudo-refused'
  | 'sudo-password'
  | 'requiretty'
  | 'nologin'
  | 'forwarding'
  | 'full'
  | 'proxy'
  | 'lost'
  | 'hang'
  | 'flood'
  | 'upload'
  | 'aborted'
  | 'protocol'

/** The details of a {@link TransportError}, in addition to its sentence. */
export interface FailureDetails extends ErrorOptions {
  readonly passing?: number
  readonly bastion?: string
}

/**
 * A failure of the link or the login, not of the script. `message` is one sentence that says what, where and what to
 * do, without the host's name.
 */
export class TransportError extends UserError {
  override readonly name = 'TransportError'
  readonly failure: TransportFailure
  /** Milliseconds for which the failure may last; 0: it is permanent. */
  readonly passing: number
  /** The bastion (`user@address:port`) where it happened. */
  readonly bastion: string | undefined
  constructor(failure: TransportFailure, message: string, { passing = 0, bastion, ...options }: FailureDetails = {}) {
    super(message, options)
    this.failure = failure
    this.passing = passing
    this.bastion = bastion
  }
}
