import { EventEmitter, once } from 'node:events'
import { request } from 'node:http'
import type { FrameworkInfo, TaskInfo, TaskStatus } from '../standins/mesos/common/proto.ts'
import { Records } from '../standins/mesos/common/recordio.ts'

interface Offer {
  readonly id: { readonly value: string }
  readonly agent_id: { readonly value: string }
  readonly hostname: string
}

type Task = Omit<TaskInfo, 'agent_id'>

/** A test framework on the v1 scheduler API: launches tasks on request, acknowledges and keeps all updates. */
export class TestFramework {
  #origin: string
  #info: FrameworkInfo
  readonly #changed = new EventEmitter()
  readonly #waiting: { readonly host: string | undefined; readonly task: Task }[] = []
  readonly updates: TaskStatus[] = []
  readonly events: { readonly type: string; readonly [name: string]: unknown }[] = []
  /** Acknowledge updates; a test may want to receive them again. */
  acknowledges = true
  id = ''
  #stream = ''
  #end: () => void = () => undefined

  private constructor(origin: string, info: FrameworkInfo) {
    this.#origin = origin
    this.#info = info
    this.#changed.setMaxListeners(100)
  }

  /** Subscribes at the leading master; with `role`, as an old-style framework with a single role. */
  static async subscribe(origin: string, info: Partial<FrameworkInfo> = {}, role?: string): Promise<TestFramework> {
    const capabilities = ['MULTI_ROLE', 'PARTITION_AWARE', 'TASK_KILLING_STATE'].map((type) => ({ type }))
    const roles = role === undefined ? { roles: ['*'] } : { role }
    const own = { user: 'root', name: 'fw1', failover_timeout: 600, checkpoint: true, ...roles, capabilities, ...info }
    const framework = new TestFramework(origin, own)
    await framework.#open()
    return framework
  }

  #open(): Promise<void> {
    const { promise, resolve, reject } = deferred()
    const asked = request(`${this.#origin}/api/v1/scheduler`, {
      method: 'POST',
      headers: { 'Content-Type': 'application/json', Accept: 'application/json' },
    })
    asked.on('error', reject)
    asked.on('response', (answer) => {
      if (answer.statusCode !== 200) reject(new Error(`SUBSCRIBE answered ${answer.statusCode}`))
      this.#stream = String(answer.headers['mesos-stream-id'])
      const records = new Records()
      answer.on('data', (chunk: Buffer) => {
        for (const event of records.push(chunk)) this.#heard(event as { type: string }, resolve)
      })
      answer.on('error', () => undefined)
      answer.on('close', () => this.#note({ type: 'closed' }))
    })
    const framework_id = this.#info.id && { framework_id: this.#info.id }
    asked.end(JSON.stringify({ type: 'SUBSCRIBE', ...framework_id, subscribe: { framework_info: this.#info } }))
    this.#end = () => asked.destroy()
    return promise
  }

  #note(event: { readonly type: string; readonly [name: string]: unknown }): void {
    this.events.push(event)
    this.#changed.emit('change')
  }

  #heard(event: { readonly type: string; readonly [name: string]: unknown }, ready: () => void): void {
    if (event.type === 'SUBSCRIBED') {
      this.id = (event.subscribed as { framework_id: { value: string } }).framework_id.value
      ready()
    }
    if (event.type === 'OFFERS') for (const offer of (event.offers as { offers: Offer[] }).offers) this.#offered(offer)
    if (event.type === 'UPDATE') this.#updated((event.update as { status: TaskStatus }).status)
    this.#note(event)
  }

  #offered({ id, agent_id, hostname }: Offer): void {
    const mine = this.#waiting.filter((w) => w.host === undefined || w.host === hostname)
    for (const one of mine) this.#waiting.splice(this.#waiting.indexOf(one), 1)
    const tasks = mine.map(({ task }) => ({ ...task, agent_id }))
    if (tasks.length === 0) this.#tell('DECLINE', { offer_ids: [id], filters: { refuse_seconds: 0.5 } })
    else
      this.#tell('ACCEPT', {
        offer_ids: [id],
        operations: [{ type: 'LAUNCH', launch: { task_infos: tasks } }],
        filters: { refuse_seconds: 0.1 },
      })
  }

  #updated(status: TaskStatus): void {
    this.updates.push(status)
    if (status.uuid !== undefined && this.acknowledges)
      this.#tell('ACKNOWLEDGE', { agent_id: status.agent_id, task_id: status.task_id, uuid: status.uuid })
  }

  /** Sends a call; returns the answer's status and text. */
  async call(type: string, body?: object): Promise<{ status: number; text: string }> {
    const answer = await fetch(`${this.#origin}/api/v1/scheduler`, {
      method: 'POST',
      headers: { 'Content-Type': 'application/json', 'Mesos-Stream-Id': this.#stream },
      body: JSON.stringify({ type, framework_id: { value: this.id }, ...(body && { [type.toLowerCase()]: body }) }),
    })
    return { status: answer.status, text: await answer.text() }
  }

  /** Sends a call in reply to an event. A master that is ending misses it, which the stream shows, too. */
  #tell(type: string, body: object): void {
    this.call(type, body).catch((error: Error) => this.#note({ type: 'unheard', call: type, why: error.message }))
  }

  /** Launches a task at the next offer, or at the next one of `host`. */
  launch(task: Task, host?: string): void {
    this.#waiting.push({ task, host })
  }

  kill(task: string): Promise<unknown> {
    return this.call('KILL', { task_id: { value: task } })
  }

  /** The states reported for a task, in order. */
  states(task: string): string[] {
    return this.updates.filter((u) => u.task_id.value === task).map((u) => u.state.replace('TASK_', ''))
  }

  /** Waits for a matching update. @throws after `seconds` */
  async update(task: string, wanted: (status: TaskStatus) => boolean, seconds = 60): Promise<TaskStatus> {
    const found = () => this.updates.find((u) => u.task_id.value === task && wanted(u))
    await this.#until(() => found() !== undefined, `${task}: ${this.states(task).join(' ')}`, seconds)
    return found() as TaskStatus
  }

  /** Waits for a state of a task. @throws after `seconds` */
  state(task: string, state: string, seconds = 60): Promise<TaskStatus> {
    return this.update(task, (u) => u.state === `TASK_${state}`, seconds)
  }

  /** Waits for an event. @throws after `seconds` */
  async event(type: string, seconds = 60): Promise<{ readonly [name: string]: unknown }> {
    const found = () => this.events.find((e) => e.type === type)
    await this.#until(() => found() !== undefined, `no ${type}`, seconds)
    return found() as { readonly [name: string]: unknown }
  }

  async #until(holds: () => boolean, what: string, seconds: number): Promise<void> {
    const signal = AbortSignal.timeout(seconds * 1000)
    while (!holds())
      await once(this.#changed, 'change', { signal }).catch(() => {
        throw new Error(
          `not within ${seconds} s: ${what}; updates ${JSON.stringify(this.updates.map((u) => [u.task_id.value, u.state, u.reason, u.message]))}`,
        )
      })
  }

  /**
   * Resubscribes with its id, possibly at another master, like a scheduler that comes back. Resolves at the first event
   * that is not a refusal of the connection.
   */
  async resubscribe(origin = this.#origin): Promise<void> {
    this.#origin = origin
    this.#info = { ...this.#info, id: { value: this.id } }
    await Promise.race([this.#open(), this.event('ERROR')])
  }

  /** Drops the stream, like a scheduler that dies. */
  disconnect(): void {
    this.#end()
  }
}

function deferred(): { promise: Promise<void>; resolve: () => void; reject: (error: Error) => void } {
  let [resolve, reject]: [() => void, (error: Error) => void] = [() => undefined, () => undefined]
  const promise = new Promise<void>((res, rej) => {
    ;[resolve, reject] = [res, rej]
  })
  return { promise, resolve, reject }
}

/** A Docker task that serves its hostname over HTTP at a host port, like the recorded one. */
export const webTask = (id: string, port: number, more: Partial<Task> = {}): Task => ({
  name: 'web',
  task_id: { value: id },
  resources: [
    { name: 'cpus', type: 'SCALAR', scalar: { value: 0.2 } },
    { name: 'mem', type: 'SCALAR', scalar: { value: 64 } },
    { name: 'ports', type: 'RANGES', ranges: { range: [{ begin: port, end: port }] } },
  ],
  command: {
    shell: true,
    value: 'mkdir -p /tmp/w; hostname > /tmp/w/index.html; env >> /tmp/w/index.html; exec httpd -f -p 80 -h /tmp/w',
  },
  container: {
    type: 'DOCKER',
    docker: {
      image: 'bb:1',
      network: 'BRIDGE',
      port_mappings: [{ host_port: port, container_port: 80, protocol: 'tcp' }],
    },
  },
  labels: {
    labels: [
      { key: 'HAPROXY_HTTP', value: 'true' },
      { key: 'app', value: '/web' },
    ],
  },
  discovery: {
    visibility: 'FRAMEWORK',
    name: 'web',
    ports: { ports: [{ number: port, name: 'http', protocol: 'tcp' }] },
  },
  ...more,
})
