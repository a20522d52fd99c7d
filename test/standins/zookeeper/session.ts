import { EventEmitter } from 'node:events'
import { type Answered, Connection, type SessionId } from './connection.ts'
import { SESSION_EXPIRED, ZkError } from './errors.ts'
import type { Reader } from './jute.ts'
import type { ZkServer } from './url.ts'
import { Watches } from './watches.ts'

/** `suspended`: between two servers; `expired` and `closed` are final. */
export type State = 'connecting' | 'connected' | 'suspended' | 'expired' | 'closed'

export interface SessionOptions {
  readonly servers: readonly ZkServer[]
  /** `user:password` for the digest scheme. */
  readonly auth?: string
  /** What is asked for, in milliseconds; default 10 000. The server may agree on another. */
  readonly timeout?: number
}

const FRESH = { id: 0n, password: Buffer.alloc(16) }

/**
 * A session with an ensemble that outlives its connections: it goes from server to server, and is kept by pings.
 * Who has heard no server for the session's whole time takes it for expired without having been told, as Mesos and
 * Curator do.
 */
export class Session extends EventEmitter<{ state: [State] }> {
  readonly #options: SessionOptions
  readonly #timeout: number
  readonly #waiters = new Set<{ resolve(connection: Connection): void; reject(error: Error): void }>()
  protected readonly watches = new Watches()
  #session: SessionId
  #state: State = 'connecting'
  #connection: Connection | undefined
  #zxid = 0n
  #server: ZkServer | undefined
  #turn: number
  #deadline: NodeJS.Timeout | undefined

  constructor(options: SessionOptions) {
    super()
    this.#options = options
    this.#timeout = options.timeout ?? 10_000
    this.#session = { ...FRESH, timeout: this.#timeout }
    this.#turn = Math.floor(Math.random() * options.servers.length)
    this.#dial()
  }

  get state(): State {
    return this.#state
  }

  get id(): bigint {
    return this.#session.id
  }

  /** The server that it is connected to. */
  get server(): ZkServer | undefined {
    return this.#connection && this.#server
  }

  /** Resolves once connected. @throws ZkError SessionExpired where that will not be */
  async connected(): Promise<void> {
    await this.#ready('connect')
  }

  /** Ends the session in order: its ephemeral nodes go at once. */
  async close(): Promise<void> {
    await this.#connection?.request(-11, 'close', []).catch(() => undefined)
    this.destroy()
  }

  /** Drops the connection and lets the session time out, like a process that is killed. */
  destroy(): void {
    this.#end('closed')
  }

  /**
   * Sends a request as soon as there is a connection; it is not repeated where that is lost before the answer. @throws
   * ZkError
   */
  protected async request(type: number, what: string, parts: readonly Buffer[], answered?: Answered): Promise<Reader> {
    return (await this.#ready(what)).request(type, what, parts, answered)
  }

  #ready(what: string): Promise<Connection> {
    if (this.#connection) return Promise.resolve(this.#connection)
    if (this.#final) return Promise.reject(new ZkError(SESSION_EXPIRED, what))
    return new Promise((resolve, reject) => this.#waiters.add({ resolve, reject }))
  }

  get #final(): boolean {
    return this.#state === 'expired' || this.#state === 'closed'
  }

  async #dial(): Promise<void> {
    const { servers, auth } = this.#options
    for (let tries = 1; !this.#final; tries++) {
      const server = servers[this.#turn++ % servers.length] as ZkServer
      const patience = Math.max(500, this.#timeout / servers.length)
      try {
        const { connection, session } = await Connection.open(
          server,
          { ...this.#session, zxid: this.#zxid, patience },
          { event: (event) => this.watches.fire(event), lost: () => this.#lost() },
        )
        if (this.#final || session.timeout <= 0) {
          connection.destroy()
          return this.#end('expired')
        }
        this.#session = session
        this.#connection = connection
        this.#server = server
        if (auth !== undefined) await connection.authenticate(auth)
        const again = this.watches.again(this.#zxid)
        if (again) await connection.send(-8, 101, 'watch again', [again])
        if (this.#connection !== connection) continue
        return this.#found(connection)
      } catch {
        if (tries % servers.length === 0) await new Promise((r) => setTimeout(r, Math.min(1000, 100 * tries)))
      }
    }
  }

  #found(connection: Connection): void {
    clearTimeout(this.#deadline)
    this.#become('connected')
    for (const { resolve } of this.#waiters) resolve(connection)
    this.#waiters.clear()
  }

  #lost(): void {
    if (!this.#connection) return
    this.#zxid = this.#connection.zxid
    this.#connection = undefined
    if (this.#state !== 'connected') return // while it was being set up: the loop of #dial goes on
    this.#deadline = setTimeout(() => this.#end('expired'), this.#session.timeout)
    this.#become('suspended')
    this.#dial()
  }

  #end(state: 'expired' | 'closed'): void {
    if (this.#final) return
    clearTimeout(this.#deadline)
    const connection = this.#connection
    this.#connection = undefined
    this.#become(state)
    connection?.destroy()
    for (const { reject } of this.#waiters) reject(new ZkError(SESSION_EXPIRED, 'wait for a server'))
    this.#waiters.clear()
  }

  #become(state: State): void {
    if (this.#state === state) return
    this.#state = state
    this.emit('state', state)
  }
}
