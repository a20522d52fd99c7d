import { type IncomingMessage, type OutgoingHttpHeaders, request as plain } from 'node:http'
import { request as secure } from 'node:https'

/** Time limits, in milliseconds. */
export interface Patience {
  /** For a connection: a dead address must not hold up what the next one would answer. */
  readonly connect: number
  /** For an answer's beginning, and for the whole of one that is read. */
  readonly answer: number
}

/** A request over HTTP. */
export interface Ask {
  readonly method?: 'GET' | 'PUT'
  readonly headers?: OutgoingHttpHeaders
  readonly body?: unknown
  readonly patience: Patience
  readonly signal: AbortSignal
}

/** What came back. */
export interface Answer {
  readonly status: number
  readonly headers: IncomingMessage['headers']
  readonly body: string
}

/** Most bytes of one answer. */
const MOST = 64 * 1024 * 1024

/** Sends a request; gives the answer once its head is there. @throws Error that says where and why */
export function open(url: URL, { method = 'GET', headers, body, patience, signal }: Ask): Promise<IncomingMessage> {
  return new Promise((resolve, reject) => {
    const text = body === undefined ? undefined : JSON.stringify(body)
    const sent =
      text === undefined ? {} : { 'Content-Type': 'application/json', 'Content-Length': Buffer.byteLength(text) }
    const asked = (url.protocol === 'https:' ? secure : plain)(url, {
      method,
      agent: false,
      headers: { ...headers, ...sent },
      signal,
    })
    const late = (what: string, ms: number) =>
      setTimeout(() => asked.destroy(new Error(`${what} within ${ms / 1000} s`)), ms)
    const connecting = late('no connection', patience.connect)
    const answering = late('no answer', patience.answer)
    asked.on('socket', (socket) =>
      socket.once(url.protocol === 'https:' ? 'secureConnect' : 'connect', () => clearTimeout(connecting)),
    )
    asked.on('close', () => [connecting, answering].forEach(clearTimeout))
    asked.on('error', (error) => reject(new Error(`${url.host}: ${error.message}`, { cause: error })))
    asked.on('response', (answer) => {
      clearTimeout(answering)
      answer.on('error', () => undefined) // who reads it hears of it, too
      resolve(answer)
    })
    asked.end(text)
  })
}

/**
 * Sends a request and reads the whole answer, whatever its status. @throws as {@link open}, and where it breaks off or
 * is too long
 */
export async function ask(url: URL, how: Ask): Promise<Answer> {
  const answer = await open(url, how)
  const late = setTimeout(
    () => answer.destroy(new Error(`no whole answer within ${how.patience.answer / 1000} s`)),
    how.patience.answer,
  )
  try {
    const chunks: Buffer[] = []
    let size = 0
    for await (const chunk of answer as AsyncIterable<Buffer>) {
      size += chunk.length
      if (size > MOST) throw new Error('its answer is too long')
      chunks.push(chunk)
    }
    return { status: answer.statusCode ?? 0, headers: answer.headers, body: Buffer.concat(chunks).toString('utf8') }
  } catch (error) {
    throw new Error(`${url.host}: ${(error as Error).message}`, { cause: error })
  } finally {
    clearTimeout(late)
    answer.destroy()
  }
}
