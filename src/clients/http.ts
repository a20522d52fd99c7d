import { request as httpRequest, type IncomingHttpHeaders, type OutgoingHttpHeaders } from 'node:http'
import type { Duplex } from 'node:stream'

/** Opens a connection to an HTTP server. */
export type Dial = () => Promise<Duplex>

/** What is asked of an HTTP server. */
export interface Ask {
  readonly method?: 'GET' | 'HEAD' | 'POST' | 'PUT' | 'PATCH' | 'DELETE'
  /** Path and query, from `/` on. */
  readonly path: string
  /** What the `Host` header says; default `localhost`. */
  readonly host?: string
  readonly headers?: OutgoingHttpHeaders
  /** A string is sent as it is, anything else as JSON. */
  readonly body?: unknown
  /** Milliseconds for connecting and answering together; default 5000. */
  readonly timeout?: number
}

/** What it answered. */
export interface Answer {
  readonly status: number
  readonly headers: IncomingHttpHeaders
  readonly body: string
}

/** An answer that was not taken whole; it says itself what was asked. */
class AnswerError extends Error {}

/** HTTP headers that say who asks, `user:password` (basic authentication); none where nobody is said. */
export const login = (credentials: string | undefined): OutgoingHttpHeaders =>
  credentials === undefined ? {} : { Authorization: `Basic ${Buffer.from(credentials).toString('base64')}` }

/** Most bytes of one answer: Mesos' state of a large cluster is a few megabytes; more is a hostile or wrong peer. */
const MOST = 64 * 1024 * 1024

/**
 * One HTTP request over a connection of its own. Redirects are not followed: who asks knows what they mean.
 * @throws Error in one sentence: no connection, no answer in time, too long an answer, or one that is no HTTP.
 */
export async function http(
  dial: Dial,
  { method = 'GET', path, host = 'localhost', headers, body, timeout = 5000 }: Ask,
): Promise<Answer> {
  const what = `${method} ${path.replace(/\?.*/, '')}`
  const late = new Error(`no answer to ${what} within ${timeout / 1000} s`)
  const signal = AbortSignal.timeout(timeout)
  const stream = await inTime(dial(), signal, late)
  const text = body === undefined || typeof body === 'string' ? body : JSON.stringify(body)
  try {
    return await inTime(
      exchange(stream, what, { method, path, host, headers: { ...headers, ...bodyHeaders(body, text) } }, text),
      signal,
      late,
    )
  } finally {
    stream.destroy()
  }
}

const bodyHeaders = (body: unknown, text: string | undefined): OutgoingHttpHeaders =>
  text === undefined
    ? {}
    : {
        ...(typeof body === 'string' ? {} : { 'Content-Type': 'application/json' }),
        'Content-Length': Buffer.byteLength(text),
      }

/** `work`, or the error `late` once the signal is aborted; a stream that comes too late is destroyed. */
function inTime<T>(work: Promise<T>, signal: AbortSignal, late: Error): Promise<T> {
  return new Promise((resolve, reject) => {
    const give = () => {
      reject(late)
      work.then((value) => (value as { destroy?(): void } | undefined)?.destroy?.()).catch(() => undefined)
    }
    signal.addEventListener('abort', give, { once: true })
    work.then(resolve, reject).finally(() => signal.removeEventListener('abort', give))
  })
}

function exchange(
  stream: Duplex,
  what: string,
  { host, ...options }: { method: string; path: string; host: string; headers: OutgoingHttpHeaders },
  body: string | undefined,
): Promise<Answer> {
  return new Promise((resolve, reject) => {
    const asked = httpRequest(
      { ...options, headers: { Host: host, Connection: 'close', ...options.headers }, createConnection: () => stream },
      (answer) => {
        const chunks: Buffer[] = []
        let size = 0
        answer.on('data', (chunk: Buffer) => {
          size += chunk.length
          if (size > MOST)
            return asked.destroy(new AnswerError(`the answer to ${what} is longer than ${MOST / 1024 / 1024} MiB`))
          chunks.push(chunk)
        })
        answer.on('end', () =>
          resolve({
            status: answer.statusCode as number,
            headers: answer.headers,
            body: Buffer.concat(chunks).toString('utf8'),
          }),
        )
        answer.on('error', (error) =>
          reject(new AnswerError(`the answer to ${what} broke off: ${error.message}`, { cause: error })),
        )
      },
    )
    asked.on('error', (error) =>
      reject(error instanceof AnswerError ? error : new Error(`${what}: ${error.message}`, { cause: error })),
    )
    asked.end(body)
  })
}

/**
 * The same for an answer that must be JSON with a status of 2xx.
 * @throws Error that says the status and the beginning of what it said instead.
 */
export async function json<T>(dial: Dial, ask: Ask): Promise<T> {
  const { status, body } = await http(dial, { ...ask, headers: { Accept: 'application/json', ...ask.headers } })
  const what = `${ask.method ?? 'GET'} ${ask.path.replace(/\?.*/, '')}`
  if (status < 200 || status > 299)
    throw new Error(`${what} answered ${status}${body.trim() === '' ? '' : `: ${body.trim().slice(0, 200)}`}`)
  try {
    return JSON.parse(body) as T
  } catch {
    throw new Error(`${what} did not answer with JSON`)
  }
}
