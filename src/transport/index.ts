import { checkOptions, type Kinds } from '../lib/check/options.ts'
import { home as ownHome } from '../lib/kept/home.ts'
import { type Ask, passwordGate } from './password.ts'
import { type Target, type Transport, TransportError, type TransportFailure } from './transport.ts'

export type { Ask, Question } from './password.ts'
export * from './transport.ts'

/** What a transport needs from the program. */
export interface TransportOptions {
  /** Asks the user for a passphrase or a password; if absent, there is no user to ask. */
  readonly ask?: Ask
  /** Finds an inventory host by name, because `proxyJump` may name one. */
  readonly resolve?: (name: string) => Target | undefined
  /** The folder that contains `.ssh`; default: the user's home directory. */
  readonly home?: string
  /** The source of `SSH_AUTH_SOCK`; default: the process's environment. */
  readonly env?: Readonly<Record<string, string | undefined>>
  /** Replaces the known_hosts files of the user and the system; `accept-new` appends to the first. */
  readonly knownHostsFiles?: readonly string[]
}

const OPTIONS: Kinds<TransportOptions> = {
  ask: 'function',
  resolve: 'function',
  home: 'text',
  env: 'object',
  knownHostsFiles: 'texts',
}

/**
 * The transport of a run: SSH, or this machine for hosts with `transport: 'local'`. What hosts share (keys, the sudo
 * password, bastions) is requested, read and opened once per transport.
 */
export function createTransport(options: TransportOptions = {}): Transport {
  checkOptions('createTransport', options, OPTIONS)
  // Hosts are connected in parallel, but the user answers one question at a time.
  let asking: Promise<unknown> = Promise.resolve()
  const ask: Ask = (question) => {
    const answer = asking.then(() => options.ask?.(question))
    asking = answer.catch(() => {})
    return answer
  }
  const home = options.home ?? ownHome()
  const env = options.env ?? process.env
  const sudoPassword = passwordGate(ask, { kind: 'sudo', text: 'Password for sudo' }, 'sudo-password')
  const { resolve, knownHostsFiles } = options
  // Loading ssh2 takes 60 ms, which help texts and local runs need not spend.
  let ssh: Promise<import('./ssh/index.ts').SshConnector> | undefined
  const load = async (): Promise<import('./ssh/index.ts').SshConnector> => {
    const { sshConnector } = await import('./ssh/index.ts')
    return sshConnector({
      ask,
      home,
      env,
      sudoPassword,
      ...(resolve ? { resolve } : {}),
      ...(knownHostsFiles ? { knownHostsFiles } : {}),
    })
  }
  return {
    async connect(host, signal, waits) {
      if (host.absent !== undefined) throw new TransportError('unreachable', host.absent)
      if (host.ssh.transport === 'local') {
        const { localConnection } = await import('./local.ts')
        return localConnection(host.name, host.ssh, sudoPassword)
      }
      ssh ??= load()
      const connect = await ssh
      return connect(host, signal, waits).catch((error: unknown) => {
        throw withRemedy(error, host)
      })
    },
  }
}

/** The failures of an address that belongs to no host, or to another one. */
const ELSEWHERE: ReadonlySet<TransportFailure> = new Set(['timeout', 'unreachable', 'refused', 'host-key'])

/** Adds the remedy to the error of a host whose address may be outdated. */
function withRemedy(error: unknown, { remedy }: Target): unknown {
  if (!(error instanceof TransportError) || remedy === undefined || error.bastion !== undefined) return error
  if (!ELSEWHERE.has(error.failure)) return error
  return new TransportError(error.failure, `${error.message}; ${remedy}`, { passing: error.passing, cause: error })
}
