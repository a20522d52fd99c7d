import type { Duplex } from 'node:stream'
import type { NodeSSH } from 'node-ssh'
import type { Client } from 'ssh2'
import { connectFailure, forwardFailure } from '../sentence.ts'
import type { TransportError, Wait } from '../transport.ts'
import type { AuthSources } from './auth.ts'
import { where } from './route.ts'

/** One SSH connection, logged in. */
export interface Link {
  readonly client: Client
  readonly where: string
  /** Why it is gone, once it is. */
  gone(): TransportError | undefined
  forward(address: string, port: number): Promise<Duplex>
  close(): void
}

/** What a link is made with. */
export interface LinkSources extends Omit<AuthSources, 'patiently' | 'step'> {
  /** Told of each connection that was made to the host. */
  connected(): void
  /** Told what is waited for. */
  waits?(wait: Wait): void
}

/** A TCP connection made from the host. @throws TransportError */
export async function forward(
  ssh: NodeSSH,
  via: string,
  address: string,
  port: number,
  timeout: number,
): Promise<Duplex> {
  const to = where({ address, port })
  let timer: NodeJS.Timeout | undefined
  // sshd waits for as long as its system does, which is minutes.
  const late = new Promise<never>((_resolve, reject) => {
    timer = setTimeout(() => reject(connectFailure({ code: 'ETIMEDOUT' }, `${to} (from ${via})`)), timeout)
  })
  // The origin is only told to the host's log.
  const made = ssh.forwardOut('127.0.0.1', 0, address, port)
  try {
    return await Promise.race([made, late])
  } catch (error) {
    made.then((stream) => stream.destroy()).catch(() => {})
    throw forwardFailure(error, via, to)
  } finally {
    clearTimeout(timer)
  }
}
