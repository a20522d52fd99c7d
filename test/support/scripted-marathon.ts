import { createServer, type IncomingMessage, type ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'

/** A scripted Marathon over real HTTP: apps, events, and a real one's failures. */
export interface FakeMarathon {
  readonly url: string
  /** The answer to `/v2/apps`, or `undefined`: 500 with an empty body, as without a leader. */
  apps: readonly object[] | undefined
  /** The leader, if it is another one: requests for apps are forwarded, those for events redirected to it. */
  leader: FakeMarathon | undefined
  /** Answers nothing any more, and keeps connections open. */
  hangs: boolean
  /** `user:password` that every request must have. */
  credentials: string | undefined
  /** All requests so far: `GET /v2/apps?…`, and their headers. */
  readonly asked: { readonly line: string; readonly headers: IncomingMessage['headers'] }[]
  /** The number of attached streams. */
  readonly streams: number
  emit(event: string, data: object): void
  /** Sends an empty line, as a real one does every 10 s. */
  beat(): void
  /** Ends all streams. */
  cut(): void
  close(): Promise<void>
}

/** Answers a request according to the script; adds a stream that attaches. */
function answer(
  fake: FakeMarathon,
  streams: Set<ServerResponse>,
  request: IncomingMessage,
  response: ServerResponse,
): unknown {
  fake.asked.push({ line: `${request.method} ${request.url}`, headers: request.headers })
  if (fake.hangs) return undefined
  const end = (status: number, body = '', headers: Record<string, string> = {}) =>
    response.writeHead(status, headers).end(body)
  const { credentials } = fake
  if (
    credentials !== undefined &&
    request.headers.authorization !== `Basic ${Buffer.from(credentials).toString('base64')}`
  ) {
    return end(401, '', { 'WWW-Authenticate': 'basic realm="null"' })
  }
  const path = (request.url ?? '').replace(/\?.*/, '')
  const leads = fake.leader ?? fake
  if (leads.apps === undefined) return end(500)
  if (path === '/v2/apps') {
    return end(200, JSON.stringify({ apps: leads.apps }), {
      'Content-Type': 'application/json',
      'X-Marathon-Leader': leads.url,
    })
  }
  if (path !== '/v2/events') return end(500, '{"message":"URI not found"}')
  if (request.headers.accept !== 'text/event-stream') return end(405)
  if (fake.leader !== undefined) return end(302, '', { Location: `${fake.leader.url}/v2/events` })
  response.writeHead(200, {
    'Content-Type': 'text/event-stream;charset=utf-8',
    Connection: 'close',
    'X-Marathon-Leader': fake.url,
  })
  response.flushHeaders()
  streams.add(response)
  return response.on('close', () => streams.delete(response))
}

/** Starts one on an address of this machine. */
export async function fakeMarathon(address = '127.0.0.1'): Promise<FakeMarathon> {
  const streams = new Set<ServerResponse>()
  const server = createServer((request, response) => answer(fake, streams, request, response))
  await new Promise<void>((resolve) => server.listen(0, address, resolve))
  const { port } = server.address() as AddressInfo
  const write = (text: string): void => {
    for (const stream of streams) stream.write(text)
  }
  const fake: FakeMarathon = {
    url: `http://${address}:${port}`,
    apps: [],
    leader: undefined,
    hangs: false,
    credentials: undefined,
    asked: [],
    get streams() {
      return streams.size
    },
    emit: (event, data) => write(`event: ${event}\r\ndata: ${JSON.stringify({ ...data, eventType: event })}\r\n\r\n`),
    beat: () => write('\r\n'),
    cut: () => {
      for (const stream of streams) stream.destroy()
    },
    close: () =>
      new Promise((resolve) => {
        server.close(() => resolve())
        server.closeAllConnections()
      }),
  }
  return fake
}

/** A task as a real one lists it. */
export interface FakeTask {
  /** `web.instance-UUID._app.1` */
  readonly id: string
  readonly slaveId: string
  readonly host: string
  readonly ports: readonly number[]
  readonly state?: string
  readonly startedAt?: string
  readonly version?: string
  /** When it became healthy; it then has one health result. */
  readonly aliveAt?: string | undefined
  readonly failing?: boolean
}

const LONG_AGO = '2026-11-22T10:00:00.000Z'

/** The results of a task's one check. */
function healthOf({ aliveAt, failing }: FakeTask): readonly object[] {
  if (failing) return [{ alive: false, consecutiveFailures: 1, instanceId: 'x' }]
  if (aliveAt === undefined) return []
  return [{ alive: true, consecutiveFailures: 0, lastSuccess: aliveAt, instanceId: 'x' }]
}

/** An app as a real one lists it: with a health check over HTTP, and its tasks. */
export const fakeApp = (
  id: string,
  labels: Record<string, string>,
  tasks: readonly FakeTask[],
  version = LONG_AGO,
): object => ({
  id,
  labels,
  healthChecks: [{ protocol: 'MESOS_HTTP', path: '/healthz', portIndex: 0 }],
  portDefinitions: [{ port: 10000, name: 'http', protocol: 'tcp' }],
  version,
  versionInfo: { lastScalingAt: version, lastConfigChangeAt: version },
  tasks: tasks.map((fake) => {
    const { aliveAt: _, failing: __, ...task } = fake
    return {
      appId: id,
      ipAddresses: [],
      servicePorts: [],
      state: 'TASK_RUNNING',
      startedAt: new Date().toISOString(),
      version,
      ...task,
      healthCheckResults: healthOf(fake),
    }
  }),
})
