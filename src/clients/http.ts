import { type IncomingHttpHeaders, type IncomingMessage, type OutgoingHttpHeaders, request } from 'node:http'
import type { Duplex } from 'node:stream'
import { whyNoAnswer } from '../lib/net/network.ts'
import { waitAtMost } from '../lib/wait/at-most.ts'

/** Opens a connection to an HTTP server. */
export type Dial = () => Promise<Duplex>

/** A request to an HTTP server. */
export interface Ask {
  readonly method?: 'GET' | 'HEAD' | 'POST' | 'PUT' | 'PATCH' | 'DELETE'
  /** Path and query; begins with `/`. */
  readonly path: string
  /** The `Host` header; default `localhost`. */
  readonly host?: string
  readonly headers?: OutgoingHttpHeaders
  /** A string is sent as it is, anything else as JSON. */
  readonly body?: unknown
  /** Milliseconds for the connection and the answer together; default 5000. */
  readonly timeout?: number
  /** When aborted, stops waiting for the answer. */
  readonly signal?: AbortSignal
}

/** An HTTP server's answer. */
export interface Answer {
  readonly status: number
  readonly headers: IncomingHttpHeaders
  readonly body: string
}

/** A daemon refused a request. */
export class ErrorAnswer extends Error {
  /** The status of its answer. */
  readonly status: number
  constructor(status: number, message: string) {
    super(message)
    this.status = status
  }
}

/** The HTTP headers of basic authentication for `user:password`; none if no user is given. */
export const login = (credentials: string | undefined): OutgoingHttpHeaders =>
  credentials === undefined ? {} : { Authorization: `Basic ${Buffer.from(credentials).toString('base64')}` }

/**
 * The largest accepted answer: Mesos' state of a large cluster is a few megabytes; more means a hostile or wrong peer.
 */
const MOST = 64 * 1024 * 1024

/** Sends a request over a connection of its own and returns what `use` makes of the answer, all within the timeout. */
async function asking<T>(
  dial: Dial,
  ask: Ask,
  use: (answer: IncomingMessage, stream: Duplex, limit: Limit) => Promise<T> | T,
): Promise<T> {
  const limit = limitOf(ask)
  let stream: Duplex | undefined
  try {
    stream = await connected(dial, limit)
    return await use(await limit.within(head(stream, ask)), stream, limit)
  } catch (error) {
    stream?.destroy()
    throw error
  } finally {
    limit.end()
  }
}

/**
 * Sends one HTTP request over a connection of its own. It never follows redirects, so that a login is not sent to
 * wherever a redirect points.
 * @throws Error in one sentence: no connection, no answer in time, an answer that is too long, or one that is not HTTP
 */
export const http = (dial: Dial, ask: Ask): Promise<Answer> =>
  asking(dial, ask, async (answer, stream, limit) => {
    const body = await limit.within(whole(answer, named(ask)))
    stream.destroy()
    return { status: answer.statusCode ?? 0, headers: answer.headers, body }
  })

/**
 * Like {@link http}, for an endless answer: resolves once the head has arrived, within the timeout. Aborting the signal
 * cuts the answer off.
 * @throws as {@link http}
 */
export const open = (dial: Dial, ask: Ask): Promise<IncomingMessage> =>
  asking(dial, ask, (answer) => {
    const cut = () => answer.destroy(new Error('aborted'))
    ask.signal?.addEventListener('abort', cut, { once: true })
    answer.once('close', () => ask.signal?.removeEventListener('abort', cut))
    return answer
  })

/** Reads the rest of an answer. @throws Error if it breaks off or is too long */
export async function whole(answer: AsyncIterable<Buffer>, what: string): Promise<string> {
  const chunks: Buffer[] = []
  let size = 0
  try {
    for await (const chunk of answer) {
      size += chunk.length
      if (size > MOST) break
      chunks.push(chunk)
    }
  } catch (cause) {
    throw new Error(`the answer to ${what} broke off: ${whyNoAnswer(cause)}`, { cause })
  }
  if (size > MOST) throw new Error(`the answer to ${what} is longer than ${MOST / 1024 / 1024} MiB`)
  return Buffer.concat(chunks).toString('utf8')
}

/** A request's name in messages: `GET /v2/apps`. */
export const named = ({ method = 'GET', path }: Pick<Ask, 'method' | 'path'>): string =>
  `${method} ${path.replace(/\?.*/, '')}`

/** The time limit of a request. */
interface Limit {
  /** Waits for the work; rejects when the time is up or the signal aborts. */
  within<T>(work: Promise<T>): Promise<T>
  end(): void
}

function limitOf({ timeout = 5000, signal, ...ask }: Ask): Limit {
  let stop = (_: Error): void => undefined
  const over = new Promise<never>((_, reject) => {
    stop = reject
  })
  over.catch(() => undefined)
  const stopWaiting = waitAtMost(timeout, () => stop(new Error(`${named(ask)}: no answer within ${timeout / 1000} s`)))
  const abort = () => stop(new Error(`${named(ask)}: aborted`))
  signal?.addEventListener('abort', abort)
  if (signal?.aborted) abort()
  return {
    within: (work) => Promise.race([over, work]),
    end() {
      stopWaiting()
      signal?.removeEventListener('abort', abort)
    },
  }
}

/** Connects. Closes a connection that is established too late. */
async function connected(dial: Dial, limit: Limit): Promise<Duplex> {
  const stream = dial()
  try {
    return await limit.within(stream)
  } catch (error) {
    stream.then(
      (late) => late.destroy(),
      () => undefined,
    )
    throw error
  }
}

/** Sends a request, and returns the answer once its head has arrived. */
function head(stream: Duplex, ask: Ask): Promise<IncomingMessage> {
  const { method = 'GET', path, host = 'localhost', headers, body } = ask
  const text = body === undefined || typeof body === 'string' ? body : JSON.stringify(body)
  return new Promise((resolve, reject) => {
    const asked = request({
      method,
      path,
      headers: { Host: host, Connection: 'close', ...headers, ...bodyHeaders(body, text) },
      createConnection: () => stream,
    })
    asked.on('error', (error) => reject(new Error(`${named(ask)}: ${whyNoAnswer(error)}`, { cause: error })))
    asked.on('response', (answer) => {
      answer.on('error', () => undefined) // the reader gets the error too
      resolve(answer)
    })
    asked.end(text)
  })
}

const bodyHeaders = (body: unknown, text: string | undefined): OutgoingHttpHeaders =>
  text === undefined
    ? {}
    : {
        ...(typeof body === 'string' ? {} : { 'Content-Type': 'application/json' }),
        'Content-Length': Buffer.byteLength(text),
      }

/**
 * Like {@link http}, for an answer that must be JSON with a status of 2xx.
 * @throws Error with the status and the beginning of any other answer
 */
export async function json<T>(dial: Dial, ask: Ask): Promise<T> {
  const { status, body } = await http(dial, { ...ask, headers: { Accept: 'application/json', ...ask.headers } })
  const what = named(ask)
  if (status < 200 || status > 299)
    throw new Error(`${what} answered ${status}${body.trim() === '' ? '' : `: ${body.trim().slice(0, 200)}`}`)
  return parsed(body, `${what} did not answer with JSON`) as T
}

/** The body of an answer, parsed as JSON. @throws Error with the sentence `otherwise` if it is not JSON */
export function parsed(body: string, otherwise: string): unknown {
  try {
    return JSON.parse(body)
  } catch {
    throw new Error(otherwise)
  }
}

/** Rotates the hosts: begins with the index `from`, and continues at the start. */
export const rotated = <T>(hosts: readonly T[], from: number): readonly T[] => [
  ...hosts.slice(from),
  ...hosts.slice(0, from),
]
