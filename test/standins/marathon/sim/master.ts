import { createServer, type Server, type ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'
import type { Call, TaskInfo } from '../core/mesos.ts'
import { type Behaviour, byMode } from './behaviour.ts'
import { type SimAgent, SimMesos } from './mesos.ts'

const TICK = 50
/** Offers come at every fourth tick, so that there is a time in which something waits for them. */
const ALLOCATION = 4

const record = (value: object): string => {
  const text = JSON.stringify(value)
  return `${Buffer.byteLength(text)}\n${text}`
}

/**
 * A Mesos master's v1 scheduler API over the imaginary Mesos, in this process and on the real clock: for tests without
 * Mesos.
 */
export class SimMaster {
  readonly mesos: SimMesos
  readonly frameworks: unknown[] = []
  /** Calls as they came. */
  readonly calls: Call[] = []
  /** Nothing is offered. */
  holds = false
  readonly #server: Server
  readonly #ports = new Map<string, Server>()
  #stream: ServerResponse | undefined
  readonly #timer: NodeJS.Timeout
  #ticks = 0

  constructor(behave: (task: TaskInfo) => Behaviour = byMode, agents?: readonly SimAgent[]) {
    this.mesos = new SimMesos(behave, agents)
    this.#server = createServer((request, response) => {
      let body = ''
      request.setEncoding('utf8').on('data', (chunk: string) => {
        body += chunk
      })
      request.on('end', () => this.#take(JSON.parse(body), response))
    })
    this.#timer = setInterval(() => this.#tick(), TICK)
  }

  async listen(port = 0): Promise<number> {
    await new Promise<void>((resolve) => this.#server.listen(port, '127.0.0.1', resolve))
    return this.port
  }

  get port(): number {
    return (this.#server.address() as AddressInfo).port
  }

  /** The stream ends, as when a master dies. */
  cut(): void {
    this.#stream?.destroy()
  }

  close(): void {
    clearInterval(this.#timer)
    for (const id of this.#ports.keys()) this.#shut(id)
    this.cut()
    this.#server.close()
    this.#server.closeAllConnections()
  }

  #take(
    call: Call | { type: 'SUBSCRIBE'; framework_id?: unknown; subscribe: { framework_info: unknown } },
    response: ServerResponse,
  ): void {
    if (call.type !== 'SUBSCRIBE') {
      this.calls.push(call)
      this.mesos.call(call, Date.now())
      response.writeHead(202).end()
      return
    }
    this.frameworks.push(call.subscribe.framework_info)
    this.mesos.killing = JSON.stringify(call.subscribe.framework_info).includes('TASK_KILLING_STATE')
    this.#stream?.destroy()
    this.#stream = response
    response.writeHead(200, { 'Content-Type': 'application/json', 'Mesos-Stream-Id': 'stream-1' })
    this.#say({
      type: 'SUBSCRIBED',
      subscribed: { framework_id: call.framework_id ?? { value: 'sim-0000' }, heartbeat_interval_seconds: 15 },
    })
  }

  /** The framework is told an error. */
  refuse(message: string): void {
    this.#say({ type: 'ERROR', error: { message } })
  }

  #say(event: object): void {
    this.#stream?.write(record(event))
  }

  #tick(): void {
    if (!this.#stream?.writable) return
    for (const status of this.mesos.statuses(Date.now())) {
      if (status.state === 'TASK_RUNNING') this.#open(status.task_id.value)
      else this.#shut(status.task_id.value)
      this.#say({ type: 'UPDATE', update: { status } })
    }
    const offers = ++this.#ticks % ALLOCATION === 0 && !this.holds ? this.mesos.offers() : []
    if (offers.length > 0) this.#say({ type: 'OFFERS', offers: { offers } })
  }

  /** A task listens on its first port, and says there how it is. */
  #open(id: string): void {
    const port = this.mesos.tasks.get(id)?.info.resources.find((r) => r.name === 'ports')?.ranges?.range[0]?.begin
    if (port === undefined || this.#ports.has(id)) return
    const server = createServer((_, response) =>
      response.writeHead(this.mesos.healthy(id, Date.now()) ? 200 : 500).end(),
    )
    server.on('error', () => undefined) // somebody else has the port: its checks fail
    this.#ports.set(id, server.listen(port, '127.0.0.1'))
  }

  #shut(id: string): void {
    this.#ports.get(id)?.close()
    this.#ports.get(id)?.closeAllConnections()
    this.#ports.delete(id)
  }
}
