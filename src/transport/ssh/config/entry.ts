import { compact } from '../../../lib/compact.ts'
import { account } from '../../../lib/kept/home.ts'
import type { Settings } from './evaluate.ts'
import { expandEnv, expandHome, expandPath, expandTokens, type TokenValues } from './tokens.ts'

/** The settings in ssh_config for one host. */
export interface ConfigEntry {
  readonly hostName?: string
  readonly user?: string
  readonly port?: number
  /** Absent: the default ones. */
  readonly identityFiles?: readonly string[]
  readonly certificateFiles?: readonly string[]
  readonly identitiesOnly?: boolean
  /** The agent's socket; `none`: no agent. */
  readonly identityAgent?: string
  readonly proxyJump?: string
  /** With its tokens expanded. */
  readonly proxyCommand?: string
  readonly userKnownHostsFiles?: readonly string[]
  readonly globalKnownHostsFiles?: readonly string[]
  readonly hostKeyAlias?: string
  readonly family?: 4 | 6
  readonly bindAddress?: string
  /** Seconds. */
  readonly connectTimeout?: number
  readonly acceptNew?: boolean
  /** Settings about keys, and about host keys, that this program does not follow. */
  readonly keysNotFollowed?: readonly string[]
  readonly hostKeysNotFollowed?: readonly string[]
}

const yes = (value: string | undefined): boolean => /^(yes|true)$/i.test(value ?? '')
const isNone = (value: string | undefined): value is 'none' | undefined => value === undefined || /^none$/i.test(value)

/** Characters that the shell running a ProxyCommand would not treat as part of a name. */
const UNSAFE = /[\s'"`$\\;&<>|(){}*?!]|^-/

/** The agent's socket: a path, an environment variable's name, or none. */
function agentSocket(value: string, values: TokenValues): string | undefined {
  if (value === 'SSH_AUTH_SOCK') return undefined
  if (isNone(value)) return 'none'
  if (value.startsWith('$') && !value.startsWith('${')) return values.env[value.slice(1)] ?? 'none'
  return expandPath(value, values)
}

/** Expands a command's tokens. @throws Error if a value is not a plain name */
function commandOf(command: string, values: TokenValues): string {
  for (const name of [values.name, values.host, values.user]) {
    if (UNSAFE.test(name))
      throw new Error(`ProxyCommand cannot be given ${JSON.stringify(name)}, which is more than a name to a shell`)
  }
  return expandTokens(command, values)
}

const known = (files: readonly string[] | undefined, values: TokenValues): readonly string[] | undefined =>
  files?.filter((file) => !isNone(file)).map((file) => expandPath(file, values))

function notFollowed(settings: Settings): Pick<ConfigEntry, 'keysNotFollowed' | 'hostKeysNotFollowed'> {
  const one = (keyword: 'pkcs11provider' | 'securitykeyprovider' | 'knownhostscommand'): string[] => {
    const value = settings.get(keyword)?.[0]
    return isNone(value) ? [] : [value]
  }
  const keys = [
    ...one('pkcs11provider').map(
      (each) => `PKCS11Provider ${each} of ssh_config is not followed: add its keys to an agent (ssh-add -s ${each})`,
    ),
    ...one('securitykeyprovider').map(
      (each) => `SecurityKeyProvider ${each} of ssh_config is not followed: add the key to an agent (ssh-add)`,
    ),
  ]
  const strict = settings.get('stricthostkeychecking')?.[0]?.toLowerCase()
  const hosts = [
    ...one('knownhostscommand').map(() => 'KnownHostsCommand of ssh_config is not followed'),
    ...(strict !== undefined && ['no', 'off', 'false'].includes(strict)
      ? ['StrictHostKeyChecking no of ssh_config is not followed']
      : []),
  ]
  return compact({
    keysNotFollowed: keys.length > 0 ? keys : undefined,
    hostKeysNotFollowed: hosts.length > 0 ? hosts : undefined,
  })
}

/** Rejects settings without which the host cannot be reached, and that this program does not follow. @throws Error */
function refuse(settings: Settings): void {
  const device = settings.get('bindinterface')?.[0]
  if (!isNone(device)) throw new Error(`BindInterface ${device} cannot be followed: use BindAddress`)
  if (yes(settings.get('proxyusefdpass')?.[0]))
    throw new Error('ProxyUseFdpass cannot be followed: let the ProxyCommand carry the connection itself')
  const canonical = settings.get('canonicalizehostname')?.[0]
  if (canonical !== undefined && !/^(no|false)$/i.test(canonical))
    throw new Error(
      'CanonicalizeHostname can only be followed by ssh itself, which this machine does not have: install openssh-client',
    )
}

/** Makes an entry from the settings. @throws Error for settings that cannot be followed */
export function entryOf(name: string, settings: Settings, home: string, env: TokenValues['env']): ConfigEntry {
  const one = (keyword: Parameters<Settings['get']>[0]): string | undefined => settings.get(keyword)?.[0]
  refuse(settings)
  const hostName = one('hostname')?.replace(/%(.)/g, (all, token: string) => ({ h: name, '%': '%' })[token] ?? all)
  const port = Number(one('port') ?? Number.NaN)
  const values: TokenValues = {
    home,
    env,
    name,
    host: (hostName ?? name).toLowerCase(),
    port: port > 0 ? port : 22,
    user: one('user') ?? account().username,
    hostKeyAlias: one('hostkeyalias'),
  }
  const agent = one('identityagent')
  const [jump, command, bind] = [one('proxyjump'), one('proxycommand'), one('bindaddress')]
  const timeout = Number(one('connecttimeout') ?? Number.NaN)
  const paths = (keyword: 'identityfile' | 'certificatefile'): readonly string[] | undefined =>
    settings
      .get(keyword)
      ?.filter((file) => !isNone(file))
      .map((file) => expandPath(file, values))
  const family = ({ inet: 4, inet6: 6 } as const)[one('addressfamily')?.toLowerCase() ?? '']
  return compact({
    hostName,
    user: one('user'),
    port: port > 0 ? port : undefined,
    identityFiles: paths('identityfile'),
    certificateFiles: paths('certificatefile'),
    identitiesOnly: yes(one('identitiesonly')) || undefined,
    identityAgent: agent === undefined ? undefined : agentSocket(expandHome(agent, home), values),
    proxyJump: isNone(jump) ? undefined : jump,
    proxyCommand: isNone(command) ? undefined : commandOf(command, values),
    userKnownHostsFiles: known(settings.get('userknownhostsfile'), values),
    globalKnownHostsFiles: known(settings.get('globalknownhostsfile'), values),
    hostKeyAlias: one('hostkeyalias'),
    family,
    bindAddress: isNone(bind) ? undefined : expandEnv(bind, values),
    connectTimeout: timeout > 0 ? timeout : undefined,
    acceptNew: one('stricthostkeychecking')?.toLowerCase() === 'accept-new' || undefined,
    ...notFollowed(settings),
  })
}
