/**
 * A Marathon small enough to read: HTTP in this process, with a clock that only `tick` moves. It treats tasks as the
 * real 1.11.26 was seen to (which it kills, when, and in which order), and does nothing else. A version's `env.DOES`
 * determines its tasks' behaviour.
 */
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http'
import { type AddressInfo, connect } from 'node:net'
import type { Duplex } from 'node:stream'
import { FakeTasks } from './fake-tasks.ts'
import type { Definition } from './fake-tasks-types.ts'

const ACTIONS = { scale: 'ScaleApplication', restart: 'RestartApplication', stop: 'StopApplication' } as const

/** An answer: a status and a body. */
type Reply = readonly [status: number, body: unknown]

const MISSING: Reply = [404, { message: "App '/web' does not exist" }]

const STARTED = '2026-11-22T10:00:00.000Z'

export class FakeMarathon extends FakeTasks {
  /** Called before each request is answered; a returned value replaces the answer. */
  before: ((request: string) => { readonly status: number; readonly body?: string } | 'drop' | undefined) | undefined
  readonly #server: Server = createServer((request, response) => void this.#serve(request, response))

  async listen(): Promise<void> {
    await new Promise<void>((resolve) => this.#server.listen(0, '127.0.0.1', resolve))
  }

  close(): void {
    this.#server.closeAllConnections()
    this.#server.close()
  }

  get port(): number {
    return (this.#server.address() as AddressInfo).port
  }

  readonly dial = async (): Promise<Duplex> => connect(this.port, '127.0.0.1')

  #app(): { readonly app: object } {
    const { version, config, definition } = this.current
    return {
      app: {
        ...definition,
        version,
        versionInfo: { lastScalingAt: version, lastConfigChangeAt: config },
        deployments: this.plan ? [{ id: this.plan.id }] : [],
        tasks: this.instances
          .filter((i) => i.ran)
          .map((i) => ({
            id: this.taskId(i),
            host: i.host,
            slaveId: 'S0',
            state: {
              Running: 'TASK_RUNNING',
              Killing: this.taskKilling ? 'TASK_KILLING' : 'TASK_RUNNING',
              Failed: 'TASK_FAILED',
              Scheduled: 'TASK_FAILED',
            }[i.condition],
            ports: [31000],
            ...(i.condition === 'Failed' || i.condition === 'Scheduled' ? {} : { version: i.of.version }),
            startedAt: STARTED,
            healthCheckResults:
              i.healthy === undefined ? [] : [{ alive: i.healthy, ...(i.healthy ? { lastSuccess: STARTED } : {}) }],
          })),
        ...(this.failure ? { lastTaskFailure: this.failure } : {}),
      },
    }
  }

  #queue(): unknown {
    const waiting = this.instances.filter((i) => i.condition === 'Scheduled' || i.condition === 'Failed')
    if (waiting.length === 0) return { queue: [] }
    const big = waiting.some((i) => i.of.definition.env?.DOES === 'big')
    return {
      queue: [
        {
          count: waiting.length,
          app: { id: '/web' },
          delay: { timeLeftSeconds: 0, overdue: true },
          processedOffersSummary: {
            rejectSummaryLastOffers: big ? [{ reason: 'InsufficientCpus', declined: 2, processed: 2 }] : [],
          },
        },
      ],
    }
  }

  async #serve(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const chunks: Buffer[] = []
    for await (const chunk of request) chunks.push(chunk as Buffer)
    const text = Buffer.concat(chunks).toString()
    const asked = `${request.method} ${request.url}`
    if (request.method !== 'GET')
      this.log.requests.push(`${asked}${/^\{"(instances|ids)"/.test(text) ? ` ${text}` : ''}`)
    const answer = (status: number, body: unknown): void => {
      response
        .writeHead(status, { 'Content-Type': 'application/json' })
        .end(typeof body === 'string' ? body : JSON.stringify(body))
    }
    const instead = this.before?.(asked)
    if (instead === 'drop') {
      this.#respond(request, text)
      return void response.destroy()
    }
    if (instead) return answer(instead.status, instead.body ?? '')
    if (this.now < this.away) return answer(500, '')
    const [status, body] = this.#respond(request, text)
    answer(status, body)
  }

  #deployments(): readonly object[] {
    if (this.plan === undefined) return []
    const version = this.versions.at(-1)?.version ?? STARTED
    const currentActions = [{ action: ACTIONS[this.plan.kind], app: '/web' }]
    return [{ id: this.plan.id, version, affectedApps: ['/web'], currentActions }]
  }

  #killAndScale(text: string): unknown {
    const ids = new Set(
      (JSON.parse(text) as { ids: string[] }).ids.map((id) => /instance-([0-9a-f-]+)\./.exec(id)?.[1] ?? ''),
    )
    const doomed = this.instances.filter((i) => ids.has(i.uuid) && (i.condition !== 'Killing' || !this.taskKilling))
    const counted = doomed.filter(
      (i) => this.countsWaiting || i.condition === 'Running' || i.condition === 'Killing',
    ).length
    const { definition } = this.current
    return this.change({ ...definition, instances: definition.instances - counted }, new Set(doomed.map((i) => i.uuid)))
  }

  #ofVersion(pathname: string): Reply {
    const found = this.versions.find(
      ({ version }) => pathname === `/v2/apps/web/versions/${encodeURIComponent(version)}`,
    )
    if (found === undefined) return MISSING
    const { definition, version, config } = found
    return [200, { ...definition, version, versionInfo: { lastScalingAt: version, lastConfigChangeAt: config } }]
  }

  #locked(): Reply {
    this.surplus() // as the real one does at the next failure of a task
    return [409, { message: 'App is locked by one or more deployments.', deployments: [{ id: this.plan?.id }] }]
  }

  #ofApp(method: string | undefined, text: string, query: URLSearchParams): Reply {
    const exists = this.versions.length > 0
    if (method === 'GET') return exists ? [200, this.#app()] : MISSING
    if (method === 'DELETE') {
      if (!exists) return MISSING
      if (this.plan !== undefined && query.get('force') === 'false') return this.#locked()
      const { version } = this.current
      // Forgotten at once: requests for it while its tasks are ending get a 404 (seen on the real one).
      this.versions = []
      return [200, { deploymentId: this.begin('stop'), version }]
    }
    if (method !== 'PUT') return MISSING
    const body = JSON.parse(text) as Definition
    if (this.plan !== undefined && query.get('force') !== 'true') return this.#locked()
    if (query.get('partialUpdate') === 'false') return [200, this.change(body)]
    return exists ? [200, this.change({ ...this.current.definition, ...body })] : MISSING
  }

  /** Another app, whose tasks end as soon as it is removed. */
  #ofOther(method: string | undefined, pathname: string): Reply | undefined {
    const found = this.others.find((app) => `/v2/apps${Reflect.get(app, 'id')}` === pathname)
    if (found === undefined) return undefined
    if (method !== 'DELETE') return [200, { app: found }]
    this.others = this.others.filter((app) => app !== found)
    return [200, { deploymentId: `deployment-of-${Reflect.get(found, 'id')}`, version: STARTED }]
  }

  #respond({ method, url = '' }: IncomingMessage, text: string): Reply {
    const { pathname, searchParams } = new URL(url, 'http://marathon')
    const exists = this.versions.length > 0
    switch (pathname) {
      case '/v2/deployments':
        return [200, this.#deployments()]
      case '/v2/queue':
        return [200, this.#queue()]
      case '/v2/tasks/delete':
        return [200, this.#killAndScale(text)]
      case '/v2/apps':
        return [200, { apps: [...(exists ? [this.#app().app] : []), ...this.others] }]
      case '/v2/apps/web':
        return this.#ofApp(method, text, searchParams)
      case '/v2/apps/web/versions':
        return exists ? [200, { versions: this.versions.map(({ version }) => version) }] : MISSING
      default:
        return this.#ofOther(method, pathname) ?? this.#ofVersion(pathname)
    }
  }
}
