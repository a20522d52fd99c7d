import { home as ownHome } from '../lib/kept/home.ts'
import { type Ask, passwordGate } from './password.ts'
import { type Target, type Transport, TransportError, type TransportFailure } from './transport.ts'

export type { Ask, Question } from './password.ts'
export * from './transport.ts'

/** What a transport needs from the program. */
export interface TransportOptions {
  /** Asks a person for a passphrase or a password; without it nobody is there. */
  readonly ask?: Ask
  /** Finds an inventory host by name: `proxyJump` may name one. */
  readonly resolve?: (name: string) => Target | undefined
  /** Where `.ssh` lies; default: the user's home directory. */
  readonly home?: string
  /** `SSH_AUTH_SOCK` is read from it; default: the process's. */
  readonly env?: Readonly<Record<string, string | undefined>>
  /** Instead of the known_hosts files of the user and the system; `accept-new` adds to the first. */
  readonly knownHostsFiles?: readonly string[]
}

/**
 * The transport of a run: SSH, or this machine for hosts that say `transport: 'local'`. What hosts share (keys, the
 * sudo password, bastions) is asked for, read and made once for one transport.
 */
export function createTransport(options: TransportOptions = {}): Transport {
  // Hosts are reached side by side, but a person answers one question after the other.
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
  // ssh2 takes 60 ms to load, which help texts and local runs need not pay.
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

/** How it shows that nobody, or somebody else, is at an address. */
const ELSEWHERE: ReadonlySet<TransportFailure> = new Set(['timeout', 'unreachable', 'refused', 'host-key'])

/** The error of a host whose address may be out of date says what to do about that. */
function withRemedy(error: unknown, { remedy }: Target): unknown {
  if (!(error instanceof TransportError) || remedy === undefined || error.bastion !== undefined) return error
  if (!ELSEWHERE.has(error.failure)) return error
  return new TransportError(error.failure, `${error.message}; ${remedy}`, { passing: error.passing, cause: error })
}
