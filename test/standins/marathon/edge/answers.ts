import type { IncomingMessage, ServerResponse } from 'node:http'
import type { Request, Response } from '../api/http.ts'

export const client = (request: IncomingMessage): string => (request.socket.remoteAddress ?? '').replace(/^::ffff:/, '')

/** A request with its body, as the core takes it. */
export const read = async (request: IncomingMessage, path: string, query: URLSearchParams): Promise<Request> => {
  const chunks: Buffer[] = []
  for await (const chunk of request) chunks.push(chunk as Buffer)
  const headers = Object.entries(request.headers).map(([name, value]) => [
    name,
    Array.isArray(value) ? value.join(', ') : value,
  ])
  const body = Buffer.concat(chunks).toString('utf8')
  return {
    method: request.method ?? 'GET',
    path,
    query,
    headers: Object.fromEntries(headers),
    body,
    client: client(request),
  }
}

/** 422 has no reason phrase with the real one. */
export const send = (response: ServerResponse, { status, headers, body, text }: Response, head = false): void => {
  const content = text ?? (body === undefined ? '' : JSON.stringify(body))
  for (const [name, value] of Object.entries(headers ?? {})) response.setHeader(name, value)
  if (status !== 202 && status !== 204 && status !== 302)
    response.setHeader('Content-Type', text === undefined ? 'application/json' : 'text/plain')
  if (status !== 204) response.setHeader('Content-Length', Buffer.byteLength(content))
  if (status === 422) response.writeHead(422, '')
  else response.writeHead(status)
  response.end(head ? undefined : content)
}

/** An answer without anything in it. */
export const sendEmpty = (response: ServerResponse, status: number): void => {
  response.writeHead(status, { 'Content-Length': 0 })
  response.end()
}
