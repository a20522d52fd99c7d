import type { Duplex } from 'node:stream'
import { message } from '../lib/message.ts'
import { reveal, type Secret } from '../shell/secret.ts'
import { firstOf } from './first-of.ts'
import { type Answer, type Ask, type Dial, ErrorAnswer, http, login, named, parsed, rotated } from './http.ts'
import { parseRefusal } from './marathon-answers.ts'

/** A host that runs Marathon. Any of them will do: a standby forwards requests to the leader. */
export interface MarathonHost {
  readonly name: string
  readonly dial: Dial
}

/** Where Marathon is, and how to reach it. */
export interface MarathonOptions {
  readonly hosts: readonly MarathonHost[]
  /** `user:password`, if it requires basic authentication. */
  readonly credentials?: Secret
  /** Milliseconds per answer; default 10 000: the leader itself needs up to 2.75 s during an election. */
  readonly timeout?: number
}

/** Marathon refused a request. */
export class MarathonError extends ErrorAnswer {
  override readonly name = 'MarathonError'
}

/**
 * No host answers for Marathon at the moment. `sent`: Marathon may have accepted the change nevertheless, so look
 * before sending it again. `runs`: a process answered, but it knows no leader.
 */
export class MarathonAwayError extends Error {
  override readonly name = 'MarathonAwayError'
  readonly sent: boolean
  readonly runs: boolean
  constructor(
    message: string,
    sent: boolean,
    { runs = false, ...options }: ErrorOptions & { readonly runs?: boolean } = {},
  ) {
    super(message, options)
    this.sent = sent
    this.runs = runs
  }
}

/** A request to Marathon. */
export type MarathonAsk = Ask

/**
 * Statuses of a standby without a leader, or of a leader that starts or stops (seen: 500, 502 and 503 for 0.6–11 s,
 * mostly with no body).
 */
const isAway = ({ status, body }: Answer): boolean =>
  status === 502 || status === 503 || status === 504 || (status === 500 && !/"message"/.test(body))

const changes = ({ method = 'GET' }: Ask): boolean => method !== 'GET'

/** Milliseconds without an answer after which the next host is asked as well: a standby asks the leader first. */
const IMPATIENT = 1000

/** Why a host did not answer. */
interface Trouble {
  readonly trouble: string
  readonly sent: boolean
  readonly runs: boolean
  readonly cause?: unknown
}

/** The result of sending a request to one host. */
async function attempt({ name, dial }: MarathonHost, what: Ask): Promise<{ readonly answer: Answer } | Trouble> {
  let sent = false
  const tracked = async (): Promise<Duplex> => {
    const stream = await dial()
    sent = true
    return stream
  }
  try {
    const answer = await http(tracked, what)
    if (!isAway(answer)) return { answer }
    return { trouble: `${name}: ${named(what)} answered ${answer.status}`, sent, runs: true }
  } catch (cause) {
    return { trouble: `${name}: ${message(cause)}`, sent, runs: false, cause }
  }
}

/** Sends requests to the Marathons of a cluster, and turns refusals into errors. */
export interface MarathonAsker {
  /** The answer as JSON. @throws MarathonError, MarathonAwayError */
  json(what: Ask): Promise<unknown>
  /** Turns "not found" into undefined. */
  optional<T>(work: Promise<T>): Promise<T | undefined>
}

/** Tries the host that answered last, then the others. */
export function marathonAsker({ hosts, credentials, timeout = 10_000 }: MarathonOptions): MarathonAsker {
  let first = 0
  const headers = { Accept: 'application/json', ...login(credentials && reveal(credentials)) }

  /**
   * The first host's answer. Several hosts may get a read-only request, so that silent ones take one time limit
   * together; with a change, stops as soon as one host may have accepted it.
   */
  async function ask(what: Ask): Promise<Answer> {
    if (hosts.length === 0) throw new MarathonAwayError('there is no Marathon to ask', false)
    const tried = new Map<MarathonHost, Trouble>()
    const trouble = (): string => hosts.flatMap((host) => tried.get(host)?.trouble ?? []).join('; ')
    const found = await firstOf(
      rotated(hosts, first),
      async (host, signal) => {
        const is = await attempt(host, { timeout, signal, ...what, headers })
        if ('answer' in is) {
          first = hosts.indexOf(host)
          return is.answer
        }
        tried.set(host, is)
        if (!changes(what) || !is.sent) return undefined
        throw new MarathonAwayError(`Marathon did not confirm a change: ${trouble()}`, true, { cause: is.cause })
      },
      changes(what) ? Number.POSITIVE_INFINITY : IMPATIENT,
    )
    if (found !== undefined) return found
    const runs = [...tried.values()].some((each) => each.runs)
    const cause = new AggregateError([...tried.values()].map((each) => each.cause))
    throw new MarathonAwayError(`Marathon does not answer: ${trouble()}`, false, { runs, cause })
  }

  return {
    async json(what) {
      const { status, body } = await ask(what)
      const asked = named(what)
      if (status === 401)
        throw new MarathonError(
          401,
          `Marathon asks for a user and a password, or does not accept the ones in vars.marathon.credentials: ${asked} answered 401`,
        )
      if (status < 200 || status > 299)
        throw new MarathonError(status, `${asked} answered ${status}: ${parseRefusal(body)}`)
      return parsed(body, `${asked} did not answer with JSON`)
    },
    async optional(work) {
      try {
        return await work
      } catch (error) {
        if (error instanceof MarathonError && error.status === 404) return undefined
        throw error
      }
    },
  }
}
