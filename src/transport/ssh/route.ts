import { userInfo } from 'node:os'
import { join } from 'node:path'
import { type SshSettings, type Target, TransportError } from '../transport.ts'
import { expandHome, type SshConfig } from './config.ts'

/** A key file and who named it. */
export interface Identity {
  readonly path: string
  /** The inventory names it: that it cannot be read is an error. Else `~/.ssh/config` does, or it is a file that ssh looks for by itself. */
  readonly required: boolean
}

/** Everything decided about how to log in to one host. Times in milliseconds. */
export interface Route {
  readonly name: string
  readonly address: string
  readonly port: number
  readonly user: string
  readonly identities: readonly Identity[]
  /** Only the named identities, not whatever else the agent holds. */
  readonly identitiesOnly: boolean
  /** Bastions, first hop first. */
  readonly via: readonly Route[]
  /** What known_hosts calls the host. */
  readonly knownAs: string
  readonly knownHostsFiles: readonly string[]
  readonly hostKey?: string
  readonly acceptNew: boolean
  readonly connectTimeout: number
  readonly retries: number
  readonly keepalive: number
  readonly askPassword: boolean
}

/** What routes are made from. */
export interface RouteSources {
  readonly config: SshConfig
  readonly home: string
  /** Finds an inventory host by name, for `proxyJump`. */
  resolve?(name: string): Target | undefined
  /** Instead of the user's and the system's known_hosts. The first is the one that `accept-new` adds to. */
  readonly knownHostsFiles?: readonly string[]
}

const SYSTEM_KNOWN_HOSTS = ['/etc/ssh/ssh_known_hosts', '/etc/ssh/ssh_known_hosts2']

/** `address:port`, with brackets around an IPv6 address. */
export const where = (route: Pick<Route, 'address' | 'port'>): string =>
  `${route.address.includes(':') ? `[${route.address}]` : route.address}:${route.port}`

/** A bastion as `proxyJump` writes it: `[user@]host[:port]`, also with `ssh://` in front or an IPv6 address in brackets. */
export function parseJump(text: string): { user?: string; host: string; port?: number } {
  const match =
    /^(?:ssh:\/\/)?(?:(?<user>[^@\s]+)@)?(?:\[(?<six>[^\]\s]+)\]|(?<host>[^:@\s]+|[^@\s]*:[^@\s]*:[^@\s]*))(?::(?<port>\d{1,5}))?\/?$/.exec(
      text.trim(),
    )
  const { user, six, host, port } = match?.groups ?? {}
  const name = six ?? host
  if (name === undefined) throw new TransportError('protocol', `proxyJump ${JSON.stringify(text)} is not of the form user@host:port`)
  return { host: name, ...(user === undefined ? {} : { user }), ...(port === undefined ? {} : { port: Number(port) }) }
}

/**
 * Decides how to reach a host. The inventory comes first, then what `ssh ADDRESS` would read in `~/.ssh/config`, then ssh's defaults.
 * @throws TransportError where `proxyJump` is malformed or goes in a circle.
 */
export function routeTo(target: Target, sources: RouteSources, seen: readonly string[] = []): Route {
  const { ssh } = target
  if (seen.includes(target.name)) throw new TransportError('protocol', `proxyJump goes in a circle: ${[...seen, target.name].join(' → ')}`)
  const config = sources.config(target.address, ssh.user)
  const address = config.hostName ?? target.address
  const port = ssh.port ?? config.port ?? 22
  const identities: Identity[] = ssh.identityFile
    ? [{ path: expandHome(ssh.identityFile, sources.home), required: true }]
    : config.identityFiles.map((path) => ({ path, required: false }))
  const user = ssh.user ?? config.user ?? userInfo().username
  const ours = ['known_hosts', 'known_hosts2'].map((file) => join(sources.home, '.ssh', file))
  return {
    name: target.name,
    address,
    port,
    user,
    identities,
    identitiesOnly: config.identitiesOnly,
    via: bastions(ssh.proxyJump ?? config.proxyJump, target, sources, [...seen, target.name]),
    knownAs: config.hostKeyAlias ?? (port === 22 ? address : `[${address}]:${port}`),
    knownHostsFiles: sources.knownHostsFiles ?? [...(config.userKnownHostsFiles ?? ours), ...SYSTEM_KNOWN_HOSTS],
    ...(ssh.hostKey === undefined ? {} : { hostKey: ssh.hostKey }),
    acceptNew: ssh.hostKeyCheck === 'accept-new',
    connectTimeout: (ssh.connectTimeout ?? 10) * 1000,
    retries: ssh.retries ?? 2,
    keepalive: (ssh.keepalive ?? 15) * 1000,
    askPassword: ssh.password === 'ask',
  }
}

/** The whole chain. Of the first hop its own bastions count too; the others are reached through the one before. */
function bastions(jump: string | undefined, target: Target, sources: RouteSources, seen: readonly string[]): Route[] {
  const hops = (jump ?? '').split(',').filter((hop) => hop.trim() !== '' && hop.trim() !== 'none')
  return hops.flatMap((hop, i) => {
    const route = routeTo(jumpTarget(hop, target, sources), sources, seen)
    return i === 0 ? [...route.via, { ...route, via: [] }] : [{ ...route, via: [] }]
  })
}

/** A bastion that the inventory does not know takes over what its user would otherwise have to write twice: the key, and how patient and how strict to be. */
function jumpTarget(hop: string, { ssh }: Target, sources: RouteSources): Target {
  const { host, user, port } = parseJump(hop)
  const known = sources.resolve?.(host)
  const own: SshSettings = { ...(user === undefined ? {} : { user }), ...(port === undefined ? {} : { port }) }
  if (known) return { ...known, ssh: { ...known.ssh, ...own } }
  const { identityFile, hostKeyCheck, connectTimeout, retries, keepalive } = ssh
  const inherited = Object.fromEntries(
    Object.entries({ identityFile, hostKeyCheck, connectTimeout, retries, keepalive }).filter(([, value]) => value !== undefined),
  )
  return { name: host, address: host, ssh: { ...inherited, ...own } }
}
