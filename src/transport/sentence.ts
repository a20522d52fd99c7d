import { TransportError, type TransportFailure } from './transport.ts'

/** What a host said, fit to stand inside one sentence: control sequences gone, white space folded, at most `max` characters. */
export function oneLine(text: string, max = 300): string {
  const plain = text
    // CSI and OSC sequences whole, then whatever control characters are left.
    .replace(/\x1b(?:\[[0-?]*[ -/]*[@-~]|\][^\x07\x1b]*(?:\x07|\x1b\\)?)/g, '')
    .replace(/[\s\x00-\x1f\x7f-\x9f\u2028\u2029\u202a-\u202e\u2066-\u2069]+/g, ' ')
    .trim()
  return plain.length > max ? `${plain.slice(0, max - 1)}…` : plain
}

/** An error of the operating system or of ssh2, as far as it says what happened. */
interface Cause {
  readonly code?: unknown
  readonly level?: unknown
  readonly reason?: unknown
  readonly message?: unknown
}

const cause = (error: unknown): Cause => (typeof error === 'object' && error !== null ? (error as Cause) : { message: String(error) })
/** The text of any error, as one line. */
export const said = (error: unknown): string => oneLine(String(cause(error).message ?? error))

type Case = readonly [test: RegExp, failure: TransportFailure, sentence: (where: string, error: string) => string]

/** What can go wrong before a login has begun, by the error's code or, where it has none, by its text. The first that fits. */
const connecting: readonly Case[] = [
  [
    /^(ENOTFOUND|EAI_NONAME|EAI_NODATA)\b/,
    'dns',
    (w) => `no address is known for ${w}: check the host's address in the inventory, or this machine's DNS`,
  ],
  [/^EAI_/, 'dns', (w) => `the address of ${w} could not be looked up now: check this machine's DNS`],
  [/^ECONNREFUSED\b/, 'refused', (w) => `${w} refused the connection: is sshd running there, and is this its port?`],
  [/^ETIMEDOUT\b/, 'timeout', (w) => `${w} did not answer: is the host up, and does a firewall or security group let this machine in?`],
  [
    /^(EHOSTUNREACH|ENETUNREACH|EHOSTDOWN|ENETDOWN|EADDRNOTAVAIL|ENONET)\b/,
    'unreachable',
    (w) => `there is no route to ${w}: check the address, the VPN or the network`,
  ],
  [/^(EACCES|EPERM)\b/, 'unreachable', (w) => `this machine's own firewall forbids a connection to ${w}`],
  [/Keepalive timeout/, 'lost', (w) => `${w} stopped answering: the link was given up after several keepalives without an answer`],
  [/no matching|Handshake failed|unsupported/i, 'protocol', (w, e) => `no SSH session could be agreed on with ${w}: ${e}`],
  [
    /(Connection lost|No response from server|before handshake|ECONNRESET|EPIPE|ECONNABORTED|client-socket)/i,
    'lost',
    (w) => `${w} closed the connection before the login was done: is it an SSH server, and not overloaded (MaxStartups)?`,
  ],
]

/** Why a connection to `where` (`address:port`) could not be made. */
export function connectFailure(error: unknown, where: string): TransportError {
  if (error instanceof TransportError) return error
  const { code, level } = cause(error)
  const text = said(error)
  const key = typeof code === 'string' ? `${code} ${text}` : typeof level === 'string' ? `${level} ${text}` : text
  const hit = connecting.find(([test]) => test.test(key))
  if (hit) return new TransportError(hit[1], hit[2](where, text), { cause: error })
  return new TransportError('protocol', `the SSH session with ${where} failed: ${text}`, { cause: error })
}

/** Why a link that had been made is gone. */
export const lostLink = (where: string, error?: unknown): TransportError => {
  if (error instanceof TransportError) return error
  const why =
    error === undefined
      ? 'it was closed without a word'
      : /Keepalive/.test(said(error))
        ? 'several keepalives went without an answer'
        : said(error)
  return new TransportError('lost', `the connection to ${where} was lost: ${why}`, { cause: error })
}

/** Why sshd at `via` did not forward a TCP connection to `to`. Reasons: RFC 4254 §5.1. */
export function forwardFailure(error: unknown, via: string, to: string): TransportError {
  if (error instanceof TransportError) return error
  const { reason } = cause(error)
  const text = said(error).replace(/^\(SSH\) Channel open failure: */, '')
  const make = (failure: TransportFailure, sentence: string) => new TransportError(failure, sentence, { cause: error })
  if (reason === 1)
    return make('forwarding', `sshd at ${via} does not forward connections to ${to}: allow it there (AllowTcpForwarding local, PermitOpen)`)
  if (reason === 2 && /refused/i.test(text)) return make('refused', `${to} refused the connection made from ${via}`)
  if (reason === 2 && /timed? ?out/i.test(text)) return make('timeout', `${to} did not answer the connection made from ${via}`)
  if (reason === 2 && /route|unreachable/i.test(text)) return make('unreachable', `there is no route from ${via} to ${to}`)
  if (reason === 2 && /resolve|name|address/i.test(text)) return make('dns', `${via} knows no address for ${to}`)
  // OpenSSH's own clients see "Connect failed" and no more for most causes.
  if (reason === 2) return make('unreachable', `${to} cannot be reached from ${via}: ${text}`)
  return make('lost', `the connection to ${via} was lost while it connected to ${to}: ${text}`)
}

/** Why a session was not opened on a link that is up. */
export function sessionFailure(error: unknown, where: string): TransportError {
  if (error instanceof TransportError) return error
  const { reason } = cause(error)
  const text = said(error).replace(/^\(SSH\) Channel open failure: */, '')
  if (typeof reason === 'number')
    return new TransportError('protocol', `${where} refused one more session: ${text} (is MaxSessions in its sshd_config below 3?)`, {
      cause: error,
    })
  if (/Unable to exec/.test(text))
    return new TransportError('protocol', `${where} refuses to run commands for this login`, { cause: error })
  return lostLink(where, error)
}

/** How a login ended that never began the script. */
export interface LoginEnd {
  readonly user: string
  /** What stands before the command in argv decides what may have failed. */
  readonly sudo: boolean
  readonly code: number
  readonly stderr: string
  /** What it printed instead of the begin mark. */
  readonly noise: string
}

type LoginCase = readonly [test: RegExp, sudo: boolean, failure: TransportFailure, sentence: (user: string, words: string) => string]

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
  [/incorrect password|Sorry, try again|no password was provided/, true, 'sudo-password', (u) => wrongSudoPassword(u).message],
  [
    /password is required|terminal is required|no tty present|askpass/,
    true,
    'sudo-password',
    (u) => `sudo wants a password of ${u}: set ssh.sudoPassword to "ask", or give ${u} NOPASSWD in sudoers`,
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
  [/(^|\n)sudo: /, true, 'sudo-refused', (u, w) => `sudo did not run the script for ${u}: ${w}`],
]

/** Why a login did not begin the script. */
export function loginFailure(end: LoginEnd): TransportError {
  const text = `${end.stderr}\n${end.noise}`
  const words = oneLine(text)
  const hit = login.find(([test, sudo]) => (end.sudo || !sudo) && test.test(text))
  if (hit) return new TransportError(hit[2], hit[3](end.user, words))
  const saying = words === '' ? 'said nothing' : `said: ${words}`
  return new TransportError(
    'protocol',
    `the login of ${end.user} ended with code ${end.code} before the script began, and ${saying}; is there a forced command, a login shell that is none, or a login script that ends or reads input?`,
  )
}

/** sudo asked again. One attempt a host is all we make: more could lock the account. */
export const wrongSudoPassword = (user: string): TransportError =>
  new TransportError(
    'sudo-password',
    `sudo did not take the password of ${user}: it was tried once and will not be tried again in this run`,
  )

const seconds = (ms: number): string => `${Math.round(ms / 100) / 10} s`

/** The host is there, but its sshd is slow or stuck. */
export const slowLogin = (ms: number, where: string): TransportError =>
  new TransportError(
    'timeout',
    `${where} took the connection, but the login was not done within ${seconds(ms)}: is it an SSH server, and not overloaded?`,
  )

/** The login neither began the script nor ended. */
export const noBegin = (ms: number, said: string): TransportError =>
  new TransportError(
    'hang',
    `the login did not begin the script within ${seconds(ms)}${oneLine(said) === '' ? '' : ` (it said: ${oneLine(said)})`}: does its login script wait for input, or sudo for something else than a password?`,
  )

/** The script runs, but says nothing. */
export const silent = (ms: number): TransportError => new TransportError('hang', `the script has printed nothing for ${seconds(ms)}`)

/** The script says too much. */
export const flooded = (bytes: number): TransportError =>
  new TransportError('flood', `the script printed more than the ${bytes} bytes that its answer may have`)

/** Not root after all. */
export const wrongUser = (uid: number): TransportError =>
  new TransportError('protocol', `scripts run as uid ${uid} there, not as root: log in as root, or let sudo run them as root`)

/** The caller's own wish. */
export const aborted = (): TransportError => new TransportError('aborted', 'it was stopped')
