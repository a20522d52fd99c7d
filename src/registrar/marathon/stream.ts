import { ask, open, type Patience } from '../http.ts'
import { type App, parseApps } from './answers.ts'
import { eventReader, type StreamEvent } from './events.ts'

/** What Marathon said, and which of them leads. */
export interface Look {
  readonly apps: readonly App[]
  /** As it calls itself; empty where it does not say. */
  readonly leader: string
}

/** All instances of Marathon as one. */
export interface Marathon {
  /** All apps with their tasks. @throws Error of the last instance asked, where none answers as a leader does */
  apps(signal: AbortSignal): Promise<Look>
  /**
   * Attaches to the leader's events, and follows them until they end. Asks one instance after the other, another one
   * first each time.
   * @throws Error that says why they ended, or why there was no attaching
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

/** The query asks for what is to be balanced only: a large cluster has much else. */
const APPS = `/v2/apps?embed=apps.tasks&label=${encodeURIComponent('lb.enable==true')}`
const STREAM = `/v2/events?${EVENTS.map((event) => `event_type=${event}`).join('&')}`

/** Redirects that are followed, from a standby to the leader. */
const HOPS = 3

/** Talks to instances of Marathon; `authorization` gives the header's value, anew each time. */
export function marathonAt(
  urls: readonly string[],
  authorization: () => string | undefined,
  patience: Patience,
  silence: number,
): Marathon {
  let next = 0
  /** The instance that leads, as far as is known. */
  let leading: string | undefined

  const headers = (accept: string) => {
    const secret = authorization()
    return { Accept: accept, ...(secret === undefined ? {} : { Authorization: secret }) }
  }

  async function attach(url: string, signal: AbortSignal) {
    let target = new URL(STREAM, url)
    for (let hop = 0; hop <= HOPS; hop++) {
      // exactly this: with anything beside it Marathon answers 405
      const answer = await open(target, { headers: headers('text/event-stream'), patience, signal })
      if (answer.statusCode === 200) return { answer, at: target.origin }
      answer.destroy()
      const { location } = answer.headers
      if (answer.statusCode !== 302 || location === undefined)
        throw new Error(`${target.host}: its events answered ${answer.statusCode}`)
      target = new URL(STREAM, new URL(location, target))
    }
    throw new Error(`${target.host}: its events are redirected in a circle`)
  }

  return {
    async apps(signal) {
      const order = [...new Set([...(leading === undefined ? [] : [leading]), ...rotated(urls, next)])]
      let last: unknown
      for (const url of order) {
        try {
          const {
            status,
            headers: said,
            body,
          } = await ask(new URL(APPS, url), { headers: headers('application/json'), patience, signal })
          if (status !== 200) throw new Error(`${new URL(url).host}: it answered ${status}`)
          return { apps: parseApps(body), leader: String(said['x-marathon-leader'] ?? '') }
        } catch (error) {
          last = error
          if (url === leading) leading = undefined
        }
      }
      throw last
    },

    async events(signal, attached, on) {
      let last: unknown
      for (const url of rotated(urls, next)) {
        next = (urls.indexOf(url) + 1) % urls.length
        let stream: Awaited<ReturnType<typeof attach>>
        try {
          stream = await attach(url, signal)
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

const rotated = <T>(all: readonly T[], from: number): readonly T[] => [...all.slice(from), ...all.slice(0, from)]

/** @throws always: it ended, broke off, or fell silent */
async function follow(
  stream: AsyncIterable<Buffer> & { setEncoding(encoding: 'utf8'): unknown; destroy(error?: Error): unknown },
  silence: number,
  on: (event: StreamEvent) => void,
): Promise<never> {
  const fellSilent = () => stream.destroy(new Error(`no byte for ${silence / 1000} s`))
  let timer = setTimeout(fellSilent, silence)
  const read = eventReader()
  stream.setEncoding('utf8')
  try {
    for await (const chunk of stream as unknown as AsyncIterable<string>) {
      clearTimeout(timer)
      timer = setTimeout(fellSilent, silence)
      read(chunk).forEach(on)
    }
  } finally {
    clearTimeout(timer)
    stream.destroy()
  }
  throw new Error('the event stream ended')
}
