/**
 * A Marathon small enough to read: HTTP in this process, with a clock that only `tick` moves. It treats tasks as the
 * real 1.11.26 was seen to (which it kills, when, and in which order), and does nothing else. A version's `env.DOES`
 * determines its tasks' behaviour.
 */
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http'
import { type AddressInfo, connect } from 'node:net'
import type { Duplex } from 'node:stream'
import { isDeepStrictEqual } from 'node:util'

/**
 * `good`: healthy 2 s after the start. `sick`: runs, unhealthy. `half`: every other task is sick. `exits`: ends at
 * once, and is restarted. `crashes`: healthy like `good`, and ends 20 s after each start. `big`: no agent has room for
 * it.
 */
export type Does = 'good' | 'sick' | 'half' | 'exits' | 'crashes' | 'big'

/** How many milliseconds after its start a task ends by itself. */
const ENDS: Partial<Record<Does, number>> = { exits: 500, crashes: 20_000 }

interface Definition {
  readonly id: string
  readonly instances: number
  readonly env?: Readonly<Record<string, string>>
  readonly healthChecks?: readonly { readonly protocol?: string }[]
  readonly upgradeStrategy?: { readonly minimumHealthCapacity: number; readonly maximumOverCapacity: number }
  readonly [key: string]: unknown
}

interface Version {
  readonly version: string
  readonly config: string
  readonly definition: Definition
}

interface Instance {
  readonly uuid: string
  readonly host: string
  start: number
  readonly of: Version
  condition: 'Scheduled' | 'Running' | 'Failed' | 'Killing'
  since: number
  healthy: boolean | undefined
  /** Has it ever run? Marathon shows no task for an instance that has not. */
  ran: boolean
}

interface Plan {
  readonly id: string
  readonly kind: 'scale' | 'restart' | 'stop'
  readonly doomed: ReadonlySet<string>
  begun: boolean
  /** Instances that a scaling has started: it waits for no others. */
  readonly started: Set<Instance>
}

const STEP = 250

const ACTIONS = { scale: 'ScaleApplication', restart: 'RestartApplication', stop: 'StopApplication' } as const

/** An answer: a status and a body. */
type Reply = readonly [status: number, body: unknown]

const MISSING: Reply = [404, { message: "App '/web' does not exist" }]

const STARTED = '2026-11-22T10:00:00.000Z'

/** The requests, and the history of tasks. */
export interface Log {
  readonly requests: string[]
  readonly killed: { readonly version: string; readonly healthy: boolean }[]
}

export class FakeMarathon {
  readonly log: Log = { requests: [], killed: [] }
  /** The least number of healthy tasks since `watch`. */
  least = Number.POSITIVE_INFINITY
  now = Date.UTC(2026, 0, 1)
  /** Other apps, as Marathon lists them. */
  others: readonly object[] = []
  /** Does a scaling that removes tasks count those that wait to be restarted? */
  countsWaiting = true
  /**
   * The feature task_killing: without it, a task that is being killed looks as if it still ran, and is counted again in
   * a removal.
   */
  taskKilling = true
  /** No agent has room for new tasks. */
  full = false
  /** How many milliseconds a task takes to end. */
  killTakes = 1000
  hosts: readonly string[] = ['10.0.0.21', '10.0.0.22']
  versions: Version[] = []
  instances: Instance[] = []
  plan: Plan | undefined
  failure: Record<string, string> | undefined
  /** Called before each request is answered; a returned value replaces the answer. */
  before: ((request: string) => { readonly status: number; readonly body?: string } | 'drop' | undefined) | undefined
  readonly #server: Server = createServer((request, response) => void this.#serve(request, response))
  #away = 0
  #serial = 0

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

  get current(): Version {
    return this.versions.at(-1) as Version
  }

  #stamp(): string {
    // Two versions never have the same time.
    this.now += 1
    return new Date(this.now).toISOString()
  }

  /** Adds an app whose tasks have been healthy for a long time. */
  running(definition: Definition): void {
    this.#store(definition, true)
    for (let i = 0; i < definition.instances; i++) {
      const instance = this.#schedule()
      Object.assign(instance, { condition: 'Running', ran: true, healthy: true })
    }
    this.plan = undefined
    this.watch()
  }

  watch(): void {
    this.least = this.healthy().length
  }

  healthy(version?: string): Instance[] {
    return this.instances.filter(
      (i) =>
        i.condition === 'Running' &&
        i.healthy === true &&
        (version === undefined || i.of.definition.env?.VERSION === version),
    )
  }

  /** Marathon is unreachable; then a new leader takes over, and kills surplus tasks. */
  lead(after: number): void {
    this.#away = this.now + after
  }

  tick(ms: number): void {
    for (let i = 0; i < ms; i += STEP) {
      this.now += STEP
      if (this.#away > 0 && this.now >= this.#away) {
        this.#away = 0
        this.#surplus()
      }
      for (const instance of [...this.instances]) this.#live(instance)
      this.#work()
      this.least = Math.min(this.least, this.healthy().length)
    }
  }

  /**
   * What a new leader does, or the failure of a task after the deployment's lock was taken over: kills surplus tasks,
   * healthy old ones first.
   */
  #surplus(): void {
    const alive = this.instances.filter((i) => i.condition !== 'Killing')
    const old = [...alive].sort((a, b) => (a.of.version < b.of.version ? -1 : 1))
    for (const instance of old.slice(0, Math.max(0, alive.length - this.current.definition.instances)))
      this.#kill(instance)
  }

  #schedule(): Instance {
    this.#serial += 1
    const instance: Instance = {
      uuid: `${this.#serial.toString(16).padStart(8, '0')}-0000-11f1-8000-000000000000`,
      host: this.hosts[this.#serial % this.hosts.length] as string,
      start: 1,
      of: this.current,
      condition: 'Scheduled',
      since: this.now,
      healthy: undefined,
      ran: false,
    }
    this.instances.push(instance)
    return instance
  }

  #kill(instance: Instance): void {
    if (instance.condition === 'Killing') return
    this.log.killed.push({
      version: instance.of.definition.env?.VERSION ?? '',
      healthy: instance.condition === 'Running' && instance.healthy === true,
    })
    if (instance.condition === 'Scheduled' || instance.condition === 'Failed') this.#remove(instance)
    else Object.assign(instance, { condition: 'Killing', since: this.now })
  }

  #remove(instance: Instance): void {
    this.instances = this.instances.filter((i) => i !== instance)
  }

  #live(instance: Instance): void {
    const said = (instance.of.definition.env?.DOES ?? 'good') as Does
    const halved = Number.parseInt(instance.uuid, 16) % 2 === 0 ? 'good' : 'sick'
    const does = said === 'half' ? halved : said
    const age = this.now - instance.since
    const become = (changes: Partial<Instance>): void => void Object.assign(instance, { since: this.now, ...changes })
    if (instance.condition === 'Scheduled' && does !== 'big' && !this.full && age >= 500)
      become({ condition: 'Running', ran: true, healthy: undefined })
    else if (instance.condition === 'Running' && age >= (ENDS[does] ?? Number.POSITIVE_INFINITY)) {
      this.failure = {
        taskId: this.#taskId(instance),
        host: instance.host,
        state: 'TASK_FAILED',
        message: 'Container exited with status 1',
        version: instance.of.version,
        timestamp: new Date(this.now).toISOString(),
      }
      become({ condition: 'Failed', healthy: undefined })
    } else if (instance.condition === 'Failed' && age >= 1000) {
      instance.start += 1
      become({ condition: 'Scheduled' })
    } else if (instance.condition === 'Running' && age >= 2000) {
      if (does === 'good' || does === 'crashes') instance.healthy = true
      else if (does === 'sick') instance.healthy = false
    } else if (instance.condition === 'Killing' && age >= this.killTakes) this.#remove(instance)
  }

  /** One step of the current deployment. */
  #work(): void {
    const plan = this.plan
    if (plan === undefined) return
    if (plan.kind === 'stop') {
      for (const instance of this.instances) this.#kill(instance)
      if (this.instances.length === 0) this.plan = undefined
      return
    }
    const { definition, version } = this.current
    const wanted = definition.instances
    const alive = this.instances.filter((i) => i.condition !== 'Killing')
    const leaving = this.instances.length - alive.length
    const well = alive.filter((i) => i.condition === 'Running' && i.healthy === true)
    if (plan.kind === 'scale') {
      if (!plan.begun) {
        const doomed = alive.filter((i) => plan.doomed.has(i.uuid))
        // Running tasks before waiting ones, the youngest first: seen on the real one.
        const rest = alive
          .filter((i) => !plan.doomed.has(i.uuid))
          .sort((a, b) => Number(b.condition === 'Running') - Number(a.condition === 'Running') || b.since - a.since)
        const kill = [...doomed, ...rest].slice(0, Math.max(alive.length - wanted, doomed.length))
        for (const instance of kill) this.#kill(instance)
        for (let i = alive.length - kill.length; i < wanted; i++) plan.started.add(this.#schedule())
        plan.begun = true
      } else if ([...plan.started].every((i) => well.includes(i)) && leaving === 0) this.plan = undefined
      return
    }
    const { minimumHealthCapacity: least = 1, maximumOverCapacity: over = 1 } = definition.upgradeStrategy ?? {}
    const minimum = Math.ceil(wanted * least)
    let most = Math.floor(wanted * (1 + over))
    if (most === minimum) most += 1
    const old = alive.filter((i) => i.of.version !== version)
    const fresh = alive.filter((i) => i.of.version === version)
    if (!plan.begun) {
      plan.begun = true
      const mesos = (definition.healthChecks ?? []).every(({ protocol }) => protocol?.startsWith('MESOS_'))
      const victims = mesos ? [...old].sort((a, b) => Number(a.healthy === true) - Number(b.healthy === true)) : old
      for (const instance of victims.slice(0, Math.max(0, alive.length - wanted, well.length - minimum)))
        this.#kill(instance)
      return
    }
    // One at a time, and only while enough others are healthy: but then a healthy one as soon as a sick one.
    const spare = well.length > minimum
    const next = old.find((i) => (i.healthy === true ? spare : fresh.some((f) => f.healthy === true)))
    if (next) this.#kill(next)
    const room = most - this.instances.filter((i) => i.of.version !== version).length - fresh.length
    for (let i = 0; i < Math.min(room, wanted - fresh.length); i++) this.#schedule()
    const done = fresh.filter((i) => i.condition === 'Running' && i.healthy === true).length
    if (this.instances.every((i) => i.of.version === version) && done === wanted) this.plan = undefined
  }

  #store(definition: Definition, changed: boolean): Version {
    const version = this.#stamp()
    const stored = { version, config: changed ? version : this.current.config, definition }
    this.versions.push(stored)
    return stored
  }

  #begin(kind: Plan['kind'], doomed: ReadonlySet<string> = new Set()): string {
    this.#serial += 1
    const id = `deployment-${this.#serial}`
    this.plan = { id, kind, doomed, begun: false, started: new Set() }
    this.#work()
    return id
  }

  /** Applies a change: the difference determines the actions. */
  #change(definition: Definition, doomed?: ReadonlySet<string>): unknown {
    const before = this.versions.at(-1)?.definition
    const same = before !== undefined && isDeepStrictEqual({ ...before, instances: 0 }, { ...definition, instances: 0 })
    if (same && before.instances === definition.instances && doomed === undefined)
      return { deploymentId: 'nothing', version: this.#stamp() }
    const { version } = this.#store(definition, !same)
    return { deploymentId: this.#begin(same || before === undefined ? 'scale' : 'restart', doomed), version }
  }

  #taskId(instance: Instance): string {
    return `web.instance-${instance.uuid}._app.${instance.start}`
  }

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
            id: this.#taskId(i),
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
    if (this.now < this.#away) return answer(500, '')
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
    return this.#change(
      { ...definition, instances: definition.instances - counted },
      new Set(doomed.map((i) => i.uuid)),
    )
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
    this.#surplus() // as the real one does at the next failure of a task
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
      return [200, { deploymentId: this.#begin('stop'), version }]
    }
    if (method !== 'PUT') return MISSING
    const body = JSON.parse(text) as Definition
    if (this.plan !== undefined && query.get('force') !== 'true') return this.#locked()
    if (query.get('partialUpdate') === 'false') return [200, this.#change(body)]
    return exists ? [200, this.#change({ ...this.current.definition, ...body })] : MISSING
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
