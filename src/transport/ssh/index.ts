import type { Duplex } from 'node:stream'
import type { Counter } from '../exec/channel.ts'
import { sudoFor } from '../exec/command.ts'
import type { Ask, PasswordGate } from '../password.ts'
import { passwordGate } from '../password.ts'
import type { Connection, Target, Wait } from '../transport.ts'
import { bastionPool } from './bastions.ts'
import { readSshConfig, type SshConfig } from './config/index.ts'
import { SshConnection } from './connection.ts'
import { keyring } from './keys/keyring.ts'
import { openLink } from './link.ts'
import type { Link, LinkSources } from './live-link.ts'
import { retrying, type Waits } from './retrying.ts'
import { type Route, routeTo, userShell } from './route.ts'

/** What SSH needs to know about the user who runs it. */
export interface SshOptions {
  readonly ask: Ask
  readonly resolve?: (name: string) => Target | undefined
  readonly home: string
  readonly env: Readonly<Record<string, string | undefined>>
  readonly knownHostsFiles?: readonly string[]
  readonly sudoPassword: PasswordGate
}

/** Connects to hosts over SSH; all of them share keys, passwords and bastions. */
export type SshConnector = (target: Target, signal?: AbortSignal, waits?: (wait: Wait) => void) => Promise<Connection>

/** Connections to bastions do not count as a host's cost. */
const noCount = (): void => {}

/** Everything that opening a link needs, including the passwords and keys that all hosts share. */
function sharedSources({ ask, home }: SshOptions): (connected: () => void, waits?: Waits) => LinkSources {
  const keys = keyring(ask)
  const gates = new Map<string, PasswordGate>()
  const password = (user: string): PasswordGate => {
    const gate = gates.get(user) ?? passwordGate(ask, { kind: 'login', text: `Password of ${user}` }, 'auth')
    gates.set(user, gate)
    return gate
  }
  return (connected, waits) => ({ keyring: keys, home, password, connected, ...(waits ? { waits } : {}) })
}

/** Finds routes; reads ssh's configuration on the first call. */
function router({ home, env, resolve, knownHostsFiles }: SshOptions): (target: Target) => Promise<Route> {
  let config: SshConfig | undefined
  return async (target) => {
    config ??= readSshConfig({ home, env, shell: userShell(env) })
    return routeTo(target, {
      config,
      home,
      env,
      ...(resolve ? { resolve } : {}),
      ...(knownHostsFiles ? { knownHostsFiles } : {}),
    })
  }
}

/** See {@link SshConnector}. */
export function sshConnector(options: SshOptions): SshConnector {
  const route = router(options)
  const sources = sharedSources(options)
  // Not retried here: each host that needs the bastion retries, which would multiply the attempts.
  const bastions = bastionPool((hop, through) => openLink(hop, sources(noCount), through))

  const openOnce = async (to: Route, counter: Counter, signal?: AbortSignal, waits?: Waits): Promise<Link> => {
    const connected = (): void => {
      counter.connections += 1
    }
    if (to.via.length === 0) return openLink(to, sources(connected, waits), undefined, signal)
    const tunnel = await bastions.tunnel(to, signal)
    let stream: Duplex | undefined = tunnel.stream
    try {
      const link = await openLink(to, sources(connected, waits), stream, signal)
      link.client.once('close', tunnel.release)
      stream = undefined
      return link
    } finally {
      if (stream) tunnel.release()
    }
  }

  return async (target, signal, waits) => {
    const to = await route(target)
    const connection = new SshConnection({
      route: to,
      sudo: sudoFor(to.user === 'root', target.ssh),
      sudoPassword: options.sudoPassword,
      ...(signal ? { signal } : {}),
      ...(waits ? { waits } : {}),
      open: (counter, patient) =>
        retrying(() => openOnce(to, counter, signal, waits), {
          retries: to.retries,
          ...(signal ? { signal } : {}),
          ...(patient && waits ? { waits } : {}),
        }),
    })
    await connection.begin()
    return connection
  }
}
