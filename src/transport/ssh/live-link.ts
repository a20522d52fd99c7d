import type { Duplex } from 'node:stream'
import type { NodeSSH } from 'node-ssh'
import type { Client } from 'ssh2'
import { waitAtMost } from '../../lib/wait/at-most.ts'
import { forwardFailure, slowForward } from '../dial-sentence.ts'
import type { TransportError, Wait } from '../transport.ts'
import type { AuthSources } from './auth.ts'
import { where } from './route.ts'

/** One SSH connection, logged in. */
export interface Link {
  readonly client: Client
  readonly where: string
  /** Why it was lost, once it is. */
  gone(): TransportError | undefined
  forward(address: string, port: number): Promise<Duplex>
  close(): void
}

/** What opening a link requires. */
export interface LinkSources extends Omit<AuthSources, 'patiently' | 'step'> {
  /** Called for each connection to the host. */
  connected(): void
  /** Called with what the link waits for. */
  waits?(wait: Wait): void
}

/** A TCP connection that the host makes. @throws TransportError */
export async function forward(
  ssh: NodeSSH,
  via: string,
  address: string,
  port: number,
  timeout: number,
): Promise<Duplex> {
  const to = where({ address, port })
  let stopWaiting = (): void => undefined
  // sshd waits as long as its system does, which is minutes.
  const late = new Promise<never>((_resolve, reject) => {
    stopWaiting = waitAtMost(timeout, () => reject(slowForward(timeout, via, to)))
  })
  // Only the host's log sees the origin.
  const made = ssh.forwardOut('127.0.0.1', 0, address, port)
  try {
    return await Promise.race([made, late])
  } catch (error) {
    made.then((stream) => stream.destroy()).catch(() => {})
    throw forwardFailure(error, via, to)
  } finally {
    stopWaiting()
  }
}
