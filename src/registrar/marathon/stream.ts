import type { OutgoingHttpHeaders } from 'node:http'
import { firstOf } from '../../clients/first-of.ts'
import { login, rotated } from '../../clients/http.ts'
import { waitAtMost } from '../../lib/wait/at-most.ts'
import { ask, open, type Patience } from '../http.ts'
import { type App, parseApps } from './answers.ts'
import { eventReader, type StreamEvent } from './events.ts'

/** Marathon does not accept the login that was sent to it. */
export class LockedError extends Error {
  override readonly name = 'LockedError'
}

/** Marathon's answer, and which instance leads. */
export interface Look {
  readonly apps: readonly App[]
  /** The leader's own name; empty if it does not say. */
  readonly leader: string
}

/** All Marathon instances as one. */
export interface Marathon {
  /** All apps with their tasks. @throws Error of the last instance, if none answers as a leader does */
  apps(signal: AbortSignal): Promise<Look>
  /**
   * Attaches to the leader's events, and follows them until they end. Tries one instance after the other, starting with
   * another one each time.
   * @throws Error that says why they ended, or why attaching failed
   */
  events(signal: AbortSignal, attached: (url: string) => void, on: (event: StreamEvent) => void): Promise<never>
}

const EVENTS = [
  'status_update_event',
  'instance_changed_event',
  'instance_health_changed_event',
  'health_status_changed_event',
  'deployment_success',
  'deployment_step_success',
  'app_terminated_event',
  'api_post_event',
  'unknown_instance_terminated_event',
]

/** The query asks only for balanced apps: a large cluster has many others. */
const APPS = `/v2/apps?embed=apps.tasks&label=${encodeURIComponent('lb.enable==true')}`
const STREAM = `/v2/events?${EVENTS.map((event) => `event_type=${event}`).join('&')}`

/** Milliseconds without an answer after which the next instance is asked as well; a large cluster's takes a while. */
const HESITATION = 2000

/** How many redirects to follow, from a standby to the leader. */
const HOPS = 3

/** The headers and hints of requests to a Marathon. */
interface Asking {
  headers(accept: string, target: URL): OutgoingHttpHeaders
  /** The error for an answer that is none of a leader's. @param what begins the sentence: "it answered" */
  refusal(target: URL, what: string, status: number | undefined): Error
}

/**
 * Sends the credentials only to hosts of the configuration, over the protocol that it names: a redirect may point
 * anywhere.
 */
function asking(urls: readonly string[], credentials: () => string | undefined): Asking {
  const hostOf = ({ protocol, hostname }: URL): string => `${protocol}//${hostname}`
  const known = new Set(urls.map((url) => hostOf(new URL(url))))
  return {
    headers: (accept, target) => ({ Accept: accept, ...(known.has(hostOf(target)) ? login(credentials()) : {}) }),
    refusal(target, what, status) {
      const says = `${target.host}: ${what} ${status}`
      if (status !== 401 && status !== 403) return new Error(says)
      return known.has(hostOf(target))
        ? new LockedError(says)
        : new Error(`${says}; it leads, and no login was sent to it, since the configuration does not list it`)
    },
  }
}

/** Attaches to the events of the instance that `url` leads to. @throws Error that says why that failed */
async function attach(url: string, { headers, refusal }: Asking, patience: Patience, signal: AbortSignal) {
  let target = new URL(STREAM, url)
  for (let hop = 0; hop <= HOPS; hop++) {
    // exactly this value: Marathon answers 405 to any addition
    const answer = await open(target, { headers: headers('text/event-stream', target), patience, signal })
    if (answer.statusCode === 200) return { answer, at: target.origin }
    answer.destroy()
    const { location } = answer.headers
    if (answer.statusCode !== 302 || location === undefined)
      throw refusal(target, 'its events answered', answer.statusCode)
    target = new URL(STREAM, new URL(location, target))
  }
  throw new Error(`${target.host}: its events are redirected in a circle`)
}

/** The apps according to one instance. @throws Error if it does not answer as a leader does */
async function lookAt(
  url: string,
  { headers, refusal }: Asking,
  patience: Patience,
  signal: AbortSignal,
): Promise<Look> {
  const target = new URL(APPS, url)
  const answer = await ask(target, { headers: headers('application/json', target), patience, signal })
  const { status, headers: said, body } = answer
  if (status !== 200) throw refusal(target, 'it answered', status)
  return { apps: parseApps(body), leader: String(said['x-marathon-leader'] ?? '') }
}

/** A client of Marathon's instances. `credentials` returns `user:password`; each request reads it again. */
export function marathonAt(
  urls: readonly string[],
  credentials: () => string | undefined,
  patience: Patience,
  silence: number,
): Marathon {
  const asks = asking(urls, credentials)
  let next = 0
  /** The leading instance, if known. */
  let leading: string | undefined

  return {
    async apps(signal) {
      const order = [...new Set([...(leading === undefined ? [] : [leading]), ...rotated(urls, next)])]
      let last: unknown
      const ask = async (url: string, over: AbortSignal): Promise<Look | undefined> => {
        try {
          return await lookAt(url, asks, patience, AbortSignal.any([signal, over]))
        } catch (error) {
          // one that refuses the login explains more than another that is away
          if (!(last instanceof LockedError)) last = error
          if (url === leading && !over.aborted) leading = undefined
          return undefined
        }
      }
      const found = await firstOf(order, ask, HESITATION)
      if (found === undefined) throw last
      return found
    },

    async events(signal, attached, on) {
      let last: unknown
      for (const url of rotated(urls, next)) {
        next = (urls.indexOf(url) + 1) % urls.length
        let stream: Awaited<ReturnType<typeof attach>>
        try {
          stream = await attach(url, asks, patience, signal)
        } catch (error) {
          last = error
          continue
        }
        leading = stream.at
        attached(stream.at)
        try {
          await follow(stream.answer, silence, on)
        } finally {
          leading = undefined
        }
      }
      throw last
    },
  }
}

/** @throws always: the stream ended, broke off, or fell silent */
async function follow(
  stream: AsyncIterable<Buffer> & { setEncoding(encoding: 'utf8'): unknown; destroy(error?: Error): unknown },
  silence: number,
  on: (event: StreamEvent) => void,
): Promise<never> {
  const fellSilent = () => stream.destroy(new Error(`no byte for ${silence / 1000} s`))
  let stopWaiting = waitAtMost(silence, fellSilent)
  const read = eventReader()
  stream.setEncoding('utf8')
  try {
    for await (const chunk of stream as unknown as AsyncIterable<string>) {
      stopWaiting()
      stopWaiting = waitAtMost(silence, fellSilent)
      read(chunk).forEach(on)
    }
  } finally {
    stopWaiting()
    stream.destroy()
  }
  throw new Error('the event stream ended')
}
