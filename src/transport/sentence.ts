import { isExecRefused, openFailure, type Trouble, troubleOf } from './library-errors.ts'
import { TransportError, type TransportFailure } from './transport.ts'
import { oneLine, ownLimit, said, seconds } from './words.ts'

/** How many milliseconds to keep trying, by the kind of failure. */
export const PATIENCE = {
  /** An sshd that is just starting refuses connections until it listens. */
  refused: 30_000,
  /** A resolver that answers "later". */
  name: 30_000,
  /** Too many simultaneous logins (MaxStartups), or a session that pam does not open. */
  full: 60_000,
  /** Closed silently: MaxStartups in an sshd that does not say so, or an sshd that is stopping. */
  closed: 15_000,
  /** The host says that it is booting, or shutting down to reboot. */
  booting: 180_000,
} as const

type Case = readonly [failure: TransportFailure, sentence: (where: string, words: string) => string, passing?: number]

/** Failures before a login has begun. */
const connecting: Readonly<Record<Trouble, Case>> = {
  'name-unknown': [
    'dns',
    (w) => `no address is known for ${w}: check the host's address in the inventory, or this machine's DNS`,
  ],
  'name-later': [
    'dns',
    (w) => `the address of ${w} could not be looked up now: check this machine's DNS`,
    PATIENCE.name,
  ],
  refused: [
    'refused',
    (w) => `${w} refused the connection: is sshd running there, and is this its port?`,
    PATIENCE.refused,
  ],
  'no-answer': [
    'timeout',
    (w) => `${w} did not answer: is the host up, and does a firewall or security group let this machine in?`,
  ],
  'no-route': ['unreachable', (w) => `there is no route to ${w}: check the address, the VPN or the network`],
  'own-limit': ['unreachable', ownLimit, PATIENCE.closed],
  forbidden: ['unreachable', (w, e) => `this machine does not allow a connection to ${w}: ${e}`],
  closed: ['lost', (w, e) => `the connection to ${w} was closed before the login was done: ${e}`],
  keepalive: [
    'lost',
    (w) => `${w} stopped answering: the link was given up after several keepalives without an answer`,
  ],
  disagreement: ['protocol', (w, e) => `no SSH session could be agreed on with ${w}: ${e}`],
  other: ['protocol', (w, e) => `the SSH session with ${w} failed: ${e}`],
}

/** Why connecting to `where` (`address:port`) failed. */
export function connectFailure(error: unknown, where: string): TransportError {
  if (error instanceof TransportError) return error
  const [failure, sentence, passing = 0] = connecting[troubleOf(error)]
  return new TransportError(failure, sentence(where, said(error)), { cause: error, passing })
}

/** Looking up a host's name took too long. */
export const slowLookup = (ms: number, where: string): TransportError =>
  new TransportError(
    'dns',
    `the address of ${where} could not be looked up within ${seconds(ms)}: this machine's DNS is slow, or does not answer`,
    { passing: PATIENCE.name },
  )

/** Why an established connection was lost. */
export const lostLink = (where: string, error?: unknown): TransportError => {
  if (error instanceof TransportError) return error
  const why = (): string => {
    if (error === undefined) return 'it was closed without a word'
    return troubleOf(error) === 'keepalive' ? 'several keepalives went without an answer' : said(error)
  }
  return new TransportError('lost', `the connection to ${where} was lost: ${why()}`, { cause: error })
}

/** Why a session could not be opened on a working connection. */
export function sessionFailure(error: unknown, where: string): TransportError {
  if (error instanceof TransportError) return error
  const make = (sentence: string) => new TransportError('protocol', sentence, { cause: error })
  const open = openFailure(error)
  if (open) return make(`${where} refused one more session: ${open.words} (is MaxSessions in its sshd_config below 3?)`)
  return isExecRefused(error) ? make(`${where} refuses to run commands for this login`) : lostLink(where, error)
}

/** The login neither started the script nor ended. */
export const noBegin = (ms: number, said: string): TransportError =>
  new TransportError(
    'hang',
    `the login did not begin the script within ${seconds(ms)}${oneLine(said) === '' ? '' : ` (it said: ${oneLine(said)})`}: is the host overloaded (raise ssh.connectTimeout), does its login script wait for input, or sudo for something other than a password?`,
  )

/** The script is running but prints nothing. */
export const silent = (ms: number): TransportError =>
  new TransportError('hang', `the script has printed nothing for ${seconds(ms)}`)

/** The script prints too much. */
export const flooded = (bytes: number): TransportError =>
  new TransportError('flood', `the script printed more than the ${bytes} bytes allowed for its answer`)

/** The script is not running as root. */
export const wrongUser = (uid: number): TransportError =>
  new TransportError(
    'protocol',
    `scripts run as uid ${uid} there, not as root: log in as root, or let sudo run them as root`,
  )

/** The caller ended the script. */
export const aborted = (): TransportError => new TransportError('aborted', 'it was stopped')
