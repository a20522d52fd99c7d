import type { IncomingMessage } from 'node:http'
import { isIP, connect as plain } from 'node:net'
import { connect as secure } from 'node:tls'
import { type Answer, type Dial, open as openAt, type Ask as Question, whole } from '../clients/http.ts'
import { whyNoAnswer } from '../lib/net/network.ts'
import { waitAtMost } from '../lib/wait/at-most.ts'

/** Time limits, in milliseconds. */
export interface Patience {
  /** For connecting: a dead address must not delay the answer of the next one. */
  readonly connect: number
  /** For the head of an answer, and for the whole of one that is read to its end. */
  readonly answer: number
}

/** A request over HTTP. */
export interface Ask extends Pick<Question, 'method' | 'headers' | 'body'> {
  readonly patience: Patience
  readonly signal: AbortSignal
}

/** Connects to the server of a URL. */
export const dialTo =
  (url: URL, { connect }: Patience): Dial =>
  () =>
    new Promise((resolve, reject) => {
      const encrypted = url.protocol === 'https:'
      const host = url.hostname.replace(/^\[|\]$/g, '')
      const port = Number(url.port || (encrypted ? 443 : 80))
      const socket = encrypted
        ? secure({ host, port, ...(isIP(host) === 0 ? { servername: host } : {}) })
        : plain({ host, port })
      const stopWaiting = waitAtMost(connect, () =>
        socket.destroy(new Error(`no connection within ${connect / 1000} s`)),
      )
      socket.once('close', stopWaiting)
      socket.on('error', reject)
      socket.once(encrypted ? 'secureConnect' : 'connect', () => {
        stopWaiting()
        resolve(socket)
      })
    })

/** Adds the host to an error's message. */
export async function at<T>({ host }: Pick<URL, 'host'>, work: Promise<T>): Promise<T> {
  try {
    return await work
  } catch (error) {
    throw new Error(`${host}: ${whyNoAnswer(error)}`, { cause: error })
  }
}

/** Sends a request; returns the answer once its head has arrived. @throws Error that says where and why */
export function open(url: URL, { patience, ...ask }: Ask): Promise<IncomingMessage> {
  const path = `${url.pathname}${url.search}`
  return at(url, openAt(dialTo(url, patience), { ...ask, path, host: url.host, timeout: patience.answer }))
}

/**
 * Sends a request and reads the whole answer, whatever its status. @throws as {@link open}, and if it breaks off or is
 * too long
 */
export async function ask(url: URL, how: Ask): Promise<Answer> {
  const answer = await open(url, how)
  const { answer: ms } = how.patience
  const stopWaiting = waitAtMost(ms, () => answer.destroy(new Error(`no complete answer within ${ms / 1000} s`)))
  try {
    const body = await at(url, whole(answer, url.pathname))
    return { status: answer.statusCode ?? 0, headers: answer.headers, body }
  } finally {
    stopWaiting()
    answer.destroy()
  }
}
