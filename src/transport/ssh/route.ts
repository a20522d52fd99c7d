import { join } from 'node:path'
import { account } from '../../lib/kept/home.ts'
import { hopsIn, type Jump, readJump } from '../../lib/net/jump.ts'
import { type SshSettings, type Target, TransportError } from '../transport.ts'
import type { ConfigEntry, SshConfig } from './config/index.ts'
import { expandHome } from './config/tokens.ts'

/** A key file, and whether the inventory names it. */
export interface Identity {
  readonly path: string
  /**
   * The inventory names it, so failing to read it is an error. Otherwise it comes from `~/.ssh/config`, or is one of
   * ssh's default files.
   */
  readonly required: boolean
}

/** Everything decided about how to log in to one host. Times in milliseconds. */
export interface Route {
  readonly name: string
  readonly address: string
  readonly port: number
  readonly user: string
  readonly identities: readonly Identity[]
  /** Use only the named identities, neither the agent's other keys nor the default files. */
  readonly identitiesOnly: boolean
  /** If no identity is named, try the default files? */
  readonly usualKeys: boolean
  /** Certificate files, in addition to those beside their keys. */
  readonly certificates: readonly string[]
  /** The agent's socket. */
  readonly agent?: string
  /** Settings about keys and host keys in the config that this program does not follow; shown if a login fails. */
  readonly remarks: readonly string[]
  readonly hostKeyRemarks: readonly string[]
  /** Bastions, first hop first. */
  readonly via: readonly Route[]
  /** A command that serves as the connection, and the shell that runs it. */
  readonly proxyCommand?: string
  readonly shell: string
  readonly family?: 4 | 6
  readonly bindAddress?: string
  /** The host's name in known_hosts. */
  readonly knownAs: string
  readonly knownHostsFiles: readonly string[]
  readonly hostKey?: string
  readonly acceptNew: boolean
  readonly connectTimeout: number
  readonly retries: number
  readonly keepalive: number
  readonly askPassword: boolean
}

/** What making routes requires. */
export interface RouteSources {
  readonly config: SshConfig
  readonly home: string
  readonly env: Readonly<Record<string, string | undefined>>
  /** Finds an inventory host by name, for `proxyJump`. */
  resolve?(name: string): Target | undefined
  /** Replaces the user's and the system's known_hosts; `accept-new` appends to the first. */
  readonly knownHostsFiles?: readonly string[]
}

const SYSTEM_KNOWN_HOSTS = ['/etc/ssh/ssh_known_hosts', '/etc/ssh/ssh_known_hosts2']

/** `address:port`, with brackets around an IPv6 address. */
export const where = (route: Pick<Route, 'address' | 'port'>): string =>
  `${route.address.includes(':') ? `[${route.address}]` : route.address}:${route.port}`

/** Parses a bastion. @throws TransportError if it is none */
export function parseJump(text: string): Jump {
  const jump = readJump(text)
  if (jump === undefined)
    throw new TransportError('protocol', `proxyJump ${JSON.stringify(text)} is not of the form user@host:port`)
  return jump
}

/** The shell that runs the commands in the config. */
export const userShell = (env: Readonly<Record<string, string | undefined>>): string => env.SHELL || '/bin/sh'

const knownHostsOf = (config: ConfigEntry, { home, knownHostsFiles }: RouteSources): readonly string[] => {
  const ours = ['known_hosts', 'known_hosts2'].map((file) => join(home, '.ssh', file))
  return (
    knownHostsFiles ?? [
      ...(config.userKnownHostsFiles ?? ours),
      ...(config.globalKnownHostsFiles ?? SYSTEM_KNOWN_HOSTS),
    ]
  )
}

/** The keys, and the agent: a key in the inventory replaces all that the config names. */
function keysOf(ssh: SshSettings, config: ConfigEntry, { home, env }: RouteSources) {
  const agent = config.identityAgent ?? env.SSH_AUTH_SOCK
  const named = ssh.identityFile
    ? [{ path: expandHome(ssh.identityFile, home), required: true }]
    : (config.identityFiles ?? []).map((path) => ({ path, required: false }))
  return {
    identities: named,
    identitiesOnly: config.identitiesOnly === true,
    usualKeys: config.identityFiles === undefined,
    certificates: config.certificateFiles ?? [],
    remarks: config.keysNotFollowed ?? [],
    ...(agent && agent !== 'none' ? { agent } : {}),
  }
}

/**
 * Decides how to reach a host. The inventory comes first, then what `ssh ADDRESS` would read in `~/.ssh/config`, then
 * ssh's defaults.
 * @throws TransportError if `proxyJump` is malformed or goes in a circle.
 */
export async function routeTo(target: Target, sources: RouteSources, seen: readonly string[] = []): Promise<Route> {
  const { ssh } = target
  if (seen.includes(target.name))
    throw new TransportError('protocol', `proxyJump goes in a circle: ${[...seen, target.name].join(' → ')}`)
  const config = await sources.config(target.address, { user: ssh.user, port: ssh.port })
  const address = config.hostName ?? target.address
  const port = ssh.port ?? config.port ?? 22
  const { family, bindAddress } = config
  const command = ssh.proxyJump === undefined ? config.proxyCommand : undefined
  return {
    name: target.name,
    address,
    port,
    user: ssh.user ?? config.user ?? account().username,
    ...keysOf(ssh, config, sources),
    via: await bastions(ssh.proxyJump ?? config.proxyJump, target, sources, [...seen, target.name]),
    ...(command === undefined ? {} : { proxyCommand: command }),
    shell: userShell(sources.env),
    ...(family === undefined ? {} : { family }),
    ...(bindAddress === undefined ? {} : { bindAddress }),
    knownAs: config.hostKeyAlias ?? (port === 22 ? address : `[${address}]:${port}`),
    knownHostsFiles: knownHostsOf(config, sources),
    hostKeyRemarks: config.hostKeysNotFollowed ?? [],
    ...(ssh.hostKey === undefined ? {} : { hostKey: ssh.hostKey }),
    acceptNew: ssh.hostKeyCheck === undefined ? config.acceptNew === true : ssh.hostKeyCheck === 'accept-new',
    connectTimeout: (ssh.connectTimeout ?? config.connectTimeout ?? 10) * 1000,
    retries: ssh.retries ?? 2,
    keepalive: (ssh.keepalive ?? 15) * 1000,
    askPassword: ssh.password === 'ask',
  }
}

/** The whole chain. The first hop's own bastions count, too; each other hop is reached through the one before it. */
async function bastions(
  jump: string | undefined,
  target: Target,
  sources: RouteSources,
  seen: readonly string[],
): Promise<Route[]> {
  const hops = hopsIn(jump ?? '')
  const routes = await Promise.all(hops.map((hop) => routeTo(jumpTarget(hop, target, sources), sources, seen)))
  return routes.flatMap((route, i) => {
    if (i === 0) return [...route.via, { ...route, via: [] }]
    const { proxyCommand: _replaced, ...reached } = route
    return [{ ...reached, via: [] }]
  })
}

/**
 * A bastion outside the inventory inherits settings that its user would otherwise have to repeat: the key, the
 * timeouts, and how strictly to check host keys.
 */
function jumpTarget(hop: string, { ssh }: Target, sources: RouteSources): Target {
  const { host, user, port } = parseJump(hop)
  const known = sources.resolve?.(host)
  const own: SshSettings = { ...(user === undefined ? {} : { user }), ...(port === undefined ? {} : { port }) }
  if (known) return { ...known, ssh: { ...known.ssh, ...own } }
  const { identityFile, hostKeyCheck, connectTimeout, retries, keepalive } = ssh
  const inherited = Object.fromEntries(
    Object.entries({ identityFile, hostKeyCheck, connectTimeout, retries, keepalive }).filter(
      ([, value]) => value !== undefined,
    ),
  )
  return { name: host, address: host, ssh: { ...inherited, ...own } }
}
