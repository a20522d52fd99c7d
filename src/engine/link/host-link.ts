import type { Net } from '../../model/health.ts'
import type { InventoryHost } from '../../model/host.ts'
import type { Resource } from '../../model/resource.ts'
import type { Connection, Cost } from '../../transport/transport.ts'
import type { Context } from '../context.ts'
import type { Observation } from '../observe/observe.ts'
import { add, NOTHING } from './cost.ts'
import { netOver, type Over } from './net.ts'
import { Session } from './session.ts'

/** A host's connection in a run, opened on the first request, and opened again after it was closed. */
export class HostLink {
  readonly #host: InventoryHost
  readonly #context: Context
  #session: Session | undefined
  #connecting: Promise<Session> | undefined
  #spent = NOTHING
  /** Aborts the first attempt to connect: the run has left nothing on the host yet. */
  readonly #giveUp = new AbortController()
  #reached = false

  constructor(host: InventoryHost, context: Context) {
    this.#host = host
    this.#context = context
  }

  /** Connects, unless it is connected or connecting. @throws TransportError */
  async session(): Promise<Session> {
    if (this.#session !== undefined) return this.#session
    this.#connecting ??= this.#connect().finally(() => {
      this.#connecting = undefined
    })
    return this.#connecting
  }

  async #connect(): Promise<Session> {
    this.#context.emit({ event: 'connecting', host: this.#host.name })
    const { name } = this.#host
    const { leave } = this.#context
    const signal = this.#reached ? leave : AbortSignal.any([leave, this.#giveUp.signal])
    const connection = await this.#context.transport.connect(this.#host, signal, ({ kind, text }) =>
      this.#context.emit(
        kind === 'again' ? { event: 'retry', host: name, reason: text } : { event: 'waiting', host: name, for: text },
      ),
    )
    this.#reached = true
    this.#session = new Session(connection, this.#context, (reason) =>
      this.#context.emit({ event: 'retry', host: name, reason }),
    )
    return this.#session
  }

  /** The connection that scripts run through. @throws TransportError */
  connection = async (): Promise<Connection> => (await this.session()).connection

  /** Observes the host. @throws TransportError, FrameError */
  observe = async (resources: readonly Resource[]): Promise<Observation> => (await this.session()).observe(resources)

  /** The cost of all connections to the host so far. */
  get cost(): Cost {
    return add(this.#spent, this.#session?.connection.cost ?? NOTHING)
  }

  /** Asks the host something, again if the link is lost meanwhile. @throws TransportError */
  over: Over = async (work) => {
    const session = await this.session()
    return session.ask(() => work(session.connection))
  }

  /** What recipes may ask of the host. */
  readonly net: Net = netOver(this.over)

  /** Asks the running script to start no further step; does not wait for a host that has not been reached yet. */
  async stop(): Promise<void> {
    if (!this.#reached) this.#giveUp.abort()
    await this.#session?.stop().catch(() => undefined)
  }

  /** Closes the connection, after `before` has resolved. */
  async close(before?: Promise<void>): Promise<void> {
    const session = this.#session
    await before
    this.#spent = this.cost
    this.#session = undefined
    await session?.connection.close().catch(() => undefined)
  }
}
