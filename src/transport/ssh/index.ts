import type { Duplex } from 'node:stream'
import { setTimeout as sleep } from 'node:timers/promises'
import type { Counter } from '../channel.ts'
import type { Ask, PasswordGate } from '../password.ts'
import { passwordGate } from '../password.ts'
import { aborted } from '../sentence.ts'
import { type Connection, type Target, TransportError, type TransportFailure } from '../transport.ts'
import { bastionPool } from './bastions.ts'
import { readSshConfig, type SshConfig } from './config.ts'
import { SshConnection } from './connection.ts'
import { keyring } from './keyring.ts'
import { type Link, openLink } from './link.ts'
import { type Route, routeTo } from './route.ts'

/** What SSH needs to know of whoever runs it. */
export interface SshOptions {
  readonly ask: Ask
  readonly resolve?: (name: string) => Target | undefined
  readonly home: string
  readonly agentSocket: string | undefined
  readonly knownHostsFiles?: readonly string[]
  readonly sudoPassword: PasswordGate
}

/** Connects hosts over SSH; keys, passwords and bastions are shared by all of them. */
export type SshConnector = (target: Target, signal?: AbortSignal) => Promise<Connection>

/**
 * Failures that another try may mend. A host that did not answer at all is not among them: TCP has sent its SYN several times by then.
 */
const PASSING: readonly TransportFailure[] = ['refused', 'unreachable', 'lost']
const FIRST_PAUSE = 500

/** A bastion's connections are no host's cost. */
const noCount = (): void => {}

async function retrying<T>(retries: number, attempt: () => Promise<T>, signal?: AbortSignal): Promise<T> {
  for (let n = 0; ; n++) {
    try {
      return await attempt()
    } catch (error) {
      if (!(error instanceof TransportError) || !PASSING.includes(error.failure) || n >= retries) throw error
      // Doubled each time, and never the same for two hosts: those that were turned away together must not come back together.
      await sleep(FIRST_PAUSE * 2 ** n * (0.5 + Math.random()), undefined, signal ? { signal } : {}).catch(() => {
        throw aborted()
      })
    }
  }
}

/** See {@link SshConnector}. */
export function sshConnector(options: SshOptions): SshConnector {
  const { ask, home, resolve, knownHostsFiles, sudoPassword } = options
  const keys = keyring(ask, options.agentSocket)
  const gates = new Map<string, PasswordGate>()
  const password = (user: string): PasswordGate => {
    const gate = gates.get(user) ?? passwordGate(ask, { kind: 'login', text: `Password of ${user}` }, 'auth')
    gates.set(user, gate)
    return gate
  }
  let config: SshConfig | undefined
  const route = (target: Target): Route => {
    config ??= readSshConfig(home)
    return routeTo(target, { config, home, ...(resolve ? { resolve } : {}), ...(knownHostsFiles ? { knownHostsFiles } : {}) })
  }
  const sources = (connected: () => void) => ({ keyring: keys, home, password, connected })
  // Not retried here: who wants the bastion tries again, and would multiply the tries.
  const bastions = bastionPool((hop, through) => openLink(hop, sources(noCount), through))

  const openOnce = async (to: Route, counter: Counter, signal?: AbortSignal): Promise<Link> => {
    const connected = (): void => {
      counter.connections += 1
    }
    if (to.via.length === 0) return openLink(to, sources(connected), undefined, signal)
    const tunnel = await bastions.tunnel(to, signal)
    let stream: Duplex | undefined = tunnel.stream
    try {
      const link = await openLink(to, sources(connected), stream, signal)
      link.client.once('close', tunnel.release)
      stream = undefined
      return link
    } finally {
      if (stream) tunnel.release()
    }
  }

  return async (target, signal) => {
    const to = route(target)
    const sudo = to.user === 'root' ? 'none' : target.ssh.sudoPassword === 'ask' ? 'password' : 'free'
    const connection = new SshConnection({
      route: to,
      sudo,
      sudoPassword,
      open: (counter) => retrying(to.retries, () => openOnce(to, counter, signal), signal),
    })
    await connection.reconnect()
    return connection
  }
}
