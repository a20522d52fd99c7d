/** Why a login did not start the script, as one sentence. */
import { eatenMark, FOREIGN_SHELL } from './exec/command.ts'
import { PATIENCE } from './sentence.ts'
import { TransportError, type TransportFailure } from './transport.ts'
import { oneLine } from './words.ts'

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
  [
    /(^|\n)sh: (\d+|line \d+): .*head: Permission denied/,
    true,
    'sudo-refused',
    (u) =>
      `sudo lets ${u} run sh, and sh start no other program (noexec in sudoers): allow it for ${u} with "Defaults:${u} !noexec"`,
  ],
  [/(^|\n)sudo: /, true, 'sudo-refused', (u, w) => `sudo did not run the script for ${u}: ${w}`],
]

/** Why a login did not start the script. */
export function loginFailure(end: LoginEnd): TransportError {
  const text = `${end.stderr}\n${end.noise}`
  if (end.nonce !== undefined && text.includes(eatenMark(end.nonce))) return eatenScript(end.user)
  const words = oneLine(end.nonce === undefined ? text : text.replaceAll(end.nonce, ''))
  if (end.code === FOREIGN_SHELL) return otherShell(end.user)
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

/** A program that a start-up file put in the place of the login shell got the script. */
const otherShell = (user: string): TransportError =>
  new TransportError(
    'protocol',
    `a start-up file of ${user}'s login shell (.bashrc, say) starts another shell in its place, which got the script, so nothing was run: make it do so only in interactive shells, or change the login shell (chsh)`,
  )

/** sudo asked again. Each host gets only one attempt, because more could lock the account. */
export const wrongSudoPassword = (user: string): TransportError =>
  new TransportError(
    'sudo-password',
    `sudo did not accept the password of ${user}: it was tried once and will not be tried again in this run`,
  )
