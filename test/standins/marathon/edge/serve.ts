import type { IncomingMessage, ServerResponse } from 'node:http'
import type { Response } from '../api/http.ts'
import { client, read, send } from './answers.ts'
import { page, sendPage, setHeaders } from './headers.ts'
import type { Leader } from './leader.ts'
import type { Streams } from './streams.ts'

/** What a leader needs to answer as one. */
export interface Office {
  readonly me: string
  readonly leader: Leader
  readonly streams: Streams
  /** The leadership is being given up: there is no leader for a moment. */
  readonly resigning: boolean
  abdicate(): void
}

const NO_LEADER: Response = { status: 404, body: { message: 'There is no leader', details: [] } }
const ABDICATED: Response = { status: 200, body: { message: 'Leadership abdicated', details: [] } }
const NO_METHOD: Response = { status: 405, body: { message: 'Method Not Allowed' } }

const leadership = ({ me, resigning, abdicate }: Office, method: string | undefined): Response => {
  if (resigning) return NO_LEADER
  if (method === 'GET' || method === 'HEAD') return { status: 200, body: { leader: me } }
  if (method !== 'DELETE') return NO_METHOD
  abdicate()
  return ABDICATED
}

/** Only exactly this Accept is an event stream. */
const events = (
  { streams }: Office,
  request: IncomingMessage,
  response: ServerResponse,
  query: URLSearchParams,
): void => {
  const { method, headers } = request
  if (method === 'GET' && headers.accept === 'text/event-stream')
    streams.attach(response, client(request), query.getAll('event_type'))
  else sendPage(response, 405, `HTTP method ${method} is not supported by this URL`, '/v2/events', headers.accept)
}

/** Answers as the leader. */
export const serve = async (office: Office, request: IncomingMessage, response: ServerResponse): Promise<void> => {
  const { pathname, searchParams } = new URL(`http://localhost${request.url}`)
  const path = (request.url ?? pathname).split('?')[0] as string
  const head = request.method === 'HEAD'
  setHeaders(response, office.me)
  if (path === '/v2/leader') send(response, leadership(office, request.method), head)
  else if (path === '/v2/events') events(office, request, response, searchParams)
  else if (path === '/') send(response, { status: 302, headers: { Location: `http://${request.headers.host}/ui/` } })
  else if (path === '/help') send(response, { status: 302, headers: { Location: 'api-console/index.html' } })
  else if (path.startsWith('/ui/'))
    response.writeHead(404, { 'Content-Type': 'text/html;charset=iso-8859-1' }).end(page(404, 'Not Found', path))
  else send(response, await office.leader.answer(await read(request, path, searchParams)), head)
}
