import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http'
import type { Duplex } from 'node:stream'

/** A request as a handler sees it: the daemon's own prefix (`/master`, `/slave(1)`) is gone from its path. */
export interface Ask {
  readonly method: string
  readonly path: string
  readonly query: URLSearchParams
  readonly headers: IncomingMessage['headers']
  readonly body: string
}

/**
 * An answer; an object is sent as JSON, a string as text, `stream` is called once the head is sent and keeps the
 * connection.
 */
export interface Reply {
  readonly status: number
  readonly body?: object | string
  readonly headers?: Readonly<Record<string, string>>
  readonly stream?: (response: ServerResponse) => void
}

export type Handler = (ask: Ask) => Reply | Promise<Reply>

export const json = (body: object): Reply => ({ status: 200, body })
export const text = (status: number, body: string): Reply => ({ status, body })
export const EMPTY: Reply = { status: 200 }
const NOT_FOUND = text(404, '404 Not Found.')

/** A table of handlers by path. What stands before `handle` in `before` may answer in its place. */
export interface Site {
  readonly prefix: string
  readonly routes: ReadonlyMap<string, Handler>
  readonly before: (ask: Ask) => Reply | undefined
  /** Who takes over a connection that asks for another protocol on this path. */
  readonly upgrades?: ReadonlyMap<string, (socket: Duplex, request: IncomingMessage) => void>
}

/** Serves a site. Resolves once it listens. @throws where the address is taken */
export function serve(site: Site, at: { readonly ip?: string; readonly port: number }): Promise<Server> {
  const server = createServer((request, response) => {
    answer(site, request)
      .catch((error: Error) => text(500, error.message))
      .then((reply) => send(response, reply))
  })
  server.keepAliveTimeout = 0 // a real one keeps connections until the other end goes
  server.requestTimeout = 0
  server.on('upgrade', (request, socket) => {
    const take = site.upgrades?.get(request.url ?? '')
    if (take) take(socket, request)
    else socket.destroy()
  })
  return new Promise((resolve, reject) => {
    server.once('error', reject)
    server.listen(at.port, at.ip ?? '0.0.0.0', () => resolve(server))
  })
}

async function answer(site: Site, request: IncomingMessage): Promise<Reply> {
  const url = new URL(request.url ?? '/', 'http://localhost')
  const chunks: Buffer[] = []
  for await (const chunk of request) chunks.push(chunk as Buffer)
  const whole = decodeURI(url.pathname)
  const path = whole.startsWith(`${site.prefix}/`) ? whole.slice(site.prefix.length) : whole
  const ask = {
    method: request.method ?? 'GET',
    path,
    query: url.searchParams,
    headers: request.headers,
    body: Buffer.concat(chunks).toString('utf8'),
  }
  const handler = site.routes.get(path)
  if (!handler) return NOT_FOUND
  return site.before(ask) ?? handler(ask)
}

function send(response: ServerResponse, { status, body, headers = {}, stream }: Reply): void {
  if (stream) {
    response.writeHead(status, headers)
    response.flushHeaders()
    stream(response)
    return
  }
  const data = typeof body === 'object' ? JSON.stringify(body) : (body ?? '')
  const type =
    body === undefined
      ? {}
      : { 'Content-Type': typeof body === 'object' ? 'application/json' : 'text/plain; charset=utf-8' }
  response.writeHead(status, { ...type, 'Content-Length': Buffer.byteLength(data), ...headers })
  response.end(data)
}
