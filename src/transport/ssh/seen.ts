import { PATIENCE } from '../sentence.ts'
import { TransportError } from '../transport.ts'
import { oneLine, seconds } from '../words.ts'

/** The phase of a connection attempt. */
export type Phase = 'lookup' | 'dial' | 'greeting' | 'keys' | 'login'

/** What a connection attempt has observed: the evidence for error messages. */
export interface Seen {
  phase: Phase
  /** What the host sent before its greeting, or instead of one. */
  before: string
  /** The last banner that the host showed to users who log in. */
  banner: string
  /** Why the host ended the connection, in its words. */
  disconnect: string | undefined
}

/** The state before anything was observed. */
export const nothingSeen = (phase: Phase): Seen => ({ phase, before: '', banner: '', disconnect: undefined })

/** How hosts describe a temporary state: systemd's /run/nologin, sshd's MaxStartups and PerSourcePenalties. */
const PASSING: readonly (readonly [test: RegExp, passing: number])[] = [
  [/(booting up|going down|starting up|shutting down|rebooting)/i, PATIENCE.booting],
  [/(MaxStartups|not allowed at this time|too many (logins|connections|sessions))/i, PATIENCE.full],
]
const passing = (words: string, otherwise = 0): number => PASSING.find(([test]) => test.test(words))?.[1] ?? otherwise

const lost = (sentence: string, passes: number): TransportError =>
  new TransportError('lost', sentence, { passing: passes })

/** Text arrived instead of a greeting. */
const refusedEntry = (at: string, words: string): TransportError =>
  passing(words) > 0
    ? lost(`${at} turned the connection away; it said: ${words}`, passing(words))
    : lost(`${at} did not greet as an SSH server, but said: ${words} (is that sshd's port?)`, 0)

/** Why a host closed the connection to `at` before `user` was logged in. */
export function closedFailure({ phase, before, banner, disconnect }: Seen, at: string, user: string): TransportError {
  const words = oneLine(disconnect ?? (phase === 'login' ? banner : before))
  if (phase === 'login') {
    const advice =
      'its log (journalctl -u ssh) may say more: an account that has expired or is locked, or a rule of PAM'
    return words === ''
      ? lost(`${at} closed the login of ${user} without a word: ${advice}`, 0)
      : lost(`${at} closed the login of ${user}; it said: ${words}`, passing(words))
  }
  if (phase === 'keys')
    return lost(`${at} closed the connection while keys were agreed on${words === '' ? '' : `; it said: ${words}`}`, 0)
  return words === ''
    ? lost(
        `${at} took the connection and closed it without a word: its sshd is overloaded (MaxStartups), starting or stopping, or it is not an SSH server`,
        PATIENCE.closed,
      )
    : refusedEntry(at, words)
}

/** What arrived was not SSH: quotes the SSH library only if the host's own words say nothing. */
export function notSsh({ phase, before }: Seen, at: string, library: string): TransportError {
  const words = oneLine(before)
  if (phase !== 'keys' && words !== '') return refusedEntry(at, words)
  return new TransportError('protocol', `${at} greeted as an SSH server, but what it sent then is not SSH: ${library}`)
}

const LATE: Readonly<Record<'greeting' | 'keys' | 'login', (user: string) => string>> = {
  greeting: () => 'took the connection, but did not greet as an SSH server',
  keys: () => 'greeted as an SSH server, but did not agree on keys',
  login: (user) => `took the connection, but did not answer the login of ${user}`,
}

/** The host answers, but its sshd is slow or stuck, or is no sshd at all. */
export function slowLogin(ms: number, seen: Seen & { phase: keyof typeof LATE }, at: string, user: string) {
  const words = oneLine(seen.before)
  if (seen.phase === 'greeting' && words !== '') return refusedEntry(at, words)
  return new TransportError(
    'timeout',
    `${at} ${LATE[seen.phase](user)} within ${seconds(ms)}: it is overloaded or hangs, or something that it asks does (PAM, a directory, DNS)`,
  )
}
