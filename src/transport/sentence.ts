import { eatenMark } from './exec/command.ts'
import { isExecRefused, openFailure, type Trouble, troubleOf } from './library-errors.ts'
import { TransportError, type TransportFailure } from './transport.ts'
import { oneLine, said, seconds } from './words.ts'

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

/** How a login ended that did not start the script. */
export interface LoginEnd {
  readonly user: string
  /** Is the command run through sudo? That decides what may have failed. */
  readonly sudo: boolean
  readonly code: number
  readonly stderr: string
  /** What it printed instead of the begin mark. */
  readonly noise: string
  /** The script's nonce, which users should not see. */
  readonly nonce?: string
}

/** The exit status of a session that pam did not open. */
const NO_PAM_SESSION = 254
/** A shell's exit status for a program that it did not find. */
const NOT_FOUND = 127
const FOUND_NOTHING =
  'does sshd (SetEnv), ~/.ssh/environment or a start-up file change PATH, or is the program of a forced command missing?'
const ENDED_EARLY = 'is there a forced command, an invalid login shell, or a login script that exits or reads input?'

type LoginCase = readonly [
  test: RegExp,
  sudo: boolean,
  failure: TransportFailure,
  sentence: (user: string, words: string) => string,
]

const login: readonly LoginCase[] = [
  [
    /must have a tty/,
    true,
    'requiretty',
    (u) => `sudo wants a terminal (requiretty in sudoers): take it out for ${u} with "Defaults:${u} !requiretty"`,
  ],
  [
    /not in the sudoers file|may not run sudo|is not allowed to|not allowed to run sudo/,
    true,
    'sudo-refused',
    (u) => `sudo does not let ${u} run commands as root: allow it in sudoers, or log in as root`,
  ],
  [
    /incorrect password|Sorry, try again|no password was provided/,
    true,
    'sudo-password',
    (u) => wrongSudoPassword(u).message,
  ],
  [
    /password is required|terminal is required|no tty present|askpass/,
    true,
    'sudo-password',
    (u) => `sudo wants the password of ${u}: set ssh.sudoPassword to "ask", or give ${u} NOPASSWD in sudoers`,
  ],
  [
    /sudo['"’]?: (command not found|not found|No such file)|sudo: Command not found|Unknown command:? ['"]?sudo/i,
    true,
    'sudo-refused',
    (u) => `there is no sudo, and ${u} is not root: log in as root (ssh.user), or install sudo`,
  ],
  [
    /account is currently not available|nologin/i,
    false,
    'nologin',
    (u) => `the account ${u} has no login shell (nologin): give it one, or log in as another user`,
  ],
  [
    /password has expired|password change required/i,
    false,
    'nologin',
    (u) => `the password of ${u} has expired, and sshd wants a new one first: set one, or log in as another user`,
  ],
  [/(^|\n)sudo: /, true, 'sudo-refused', (u, w) => `sudo did not run the script for ${u}: ${w}`],
]

/** Why a login did not start the script. */
export function loginFailure(end: LoginEnd): TransportError {
  const text = `${end.stderr}\n${end.noise}`
  if (end.nonce !== undefined && text.includes(eatenMark(end.nonce))) return eatenScript(end.user)
  const words = oneLine(end.nonce === undefined ? text : text.replaceAll(end.nonce, ''))
  const hit = login.find(([test, sudo]) => (end.sudo || !sudo) && test.test(text))
  if (hit) return new TransportError(hit[2], hit[3](end.user, words))
  const saying = words === '' ? 'said nothing' : `said: ${words.replace(/\.$/, '')}`
  if (end.code === NO_PAM_SESSION) {
    const why = `the host opened no session for ${end.user}, and ${saying} (a limit on sessions, or another rule of PAM)`
    return new TransportError('full', why, { passing: PATIENCE.full })
  }
  const hint = end.code === NOT_FOUND ? FOUND_NOTHING : ENDED_EARLY
  const ended = `the login of ${end.user} ended with code ${end.code} before the script began, and ${saying}`
  return new TransportError('protocol', `${ended}; ${hint}`)
}

/** Something that ran before the script consumed its first lines from standard input. */
const eatenScript = (user: string): TransportError =>
  new TransportError(
    'protocol',
    `a start-up file of ${user}'s login shell (.bashrc, say) reads standard input and took the beginning of the script, so nothing was run: make it read input only in interactive shells`,
  )

/** sudo asked again. Each host gets only one attempt, because more could lock the account. */
export const wrongSudoPassword = (user: string): TransportError =>
  new TransportError(
    'sudo-password',
    `sudo did not accept the password of ${user}: it was tried once and will not be tried again in this run`,
  )

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
