import { Duplex } from 'node:stream'
import type { Dial } from '../../src/clients/http.ts'

/** A request to a peer. */
export interface Asked {
  readonly method: string
  /** Without its query. */
  readonly path: string
  readonly query: string
  readonly headers: Readonly<Record<string, string>>
  readonly body: string
}

/** A peer's answer: a status, a body (text or JSON), headers. Nothing: it never answers. */
export type Said =
  | { readonly status?: number; readonly body?: unknown; readonly headers?: Readonly<Record<string, string>> }
  | Error
  | undefined

/** A peer that speaks HTTP over an in-memory connection: `answer` decides. */
export function httpPeer(answer: (asked: Asked) => Said): Dial {
  return async () => {
    let text = ''
    let answered = false
    return new Duplex({
      read() {},
      write(chunk, _encoding, done) {
        text += String(chunk)
        const asked = answered ? undefined : request(text)
        if (asked !== undefined) {
          answered = true
          const said = answer(asked)
          if (said instanceof Error) this.destroy(said)
          else if (said !== undefined) {
            this.push(response(said))
            this.push(null)
          }
        }
        done()
      },
    })
  }
}

function request(text: string): Asked | undefined {
  const end = text.indexOf('\r\n\r\n')
  if (end < 0) return undefined
  const [first = '', ...lines] = text.slice(0, end).split('\r\n')
  const headers = Object.fromEntries(
    lines.map((line) => [line.slice(0, line.indexOf(':')).toLowerCase(), line.slice(line.indexOf(':') + 2)]),
  )
  const body = text.slice(end + 4)
  if (Buffer.byteLength(body) < Number(headers['content-length'] ?? 0)) return undefined
  const [method = '', target = ''] = first.split(' ')
  const [path = '', query = ''] = target.split('?')
  return { method, path, query, headers, body }
}

function response({ status = 200, body = '', headers = {} }: Exclude<Said, Error | undefined>): string {
  const text = typeof body === 'string' ? body : JSON.stringify(body)
  const all = { 'Content-Length': Buffer.byteLength(text), Connection: 'close', ...headers }
  return `HTTP/1.1 ${status} X\r\n${Object.entries(all)
    .map(([name, value]) => `${name}: ${value}\r\n`)
    .join('')}\r\n${text}`
}
