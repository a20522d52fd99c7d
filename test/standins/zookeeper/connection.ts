import { connect, type Socket } from 'node:net'
import { CONNECTION_LOSS, ZkError } from './errors.ts'
import { bool, buffer, int, long, Packets, packet, Reader, string } from './jute.ts'
import type { ZkServer } from './url.ts'

/** A session as both ends know it; id 0 for one that has yet to be made. */
export interface SessionId {
  readonly id: bigint
  readonly password: Buffer
  /** Milliseconds, as agreed on. */
  readonly timeout: number
}

export interface WatchEvent {
  /** 1 created, 2 deleted, 3 changed, 4 children changed. */
  readonly type: number
  readonly path: string
}

/**
 * Called with an answer before anything that follows it on the wire is looked at: a watch must be known before its
 * event comes.
 */
export type Answered = (error: number) => void

interface Waiting {
  readonly what: string
  readonly answered?: Answered | undefined
  resolve(body: Reader): void
  reject(error: Error): void
}

const PING = packet(int(-2), int(11))

/**
 * One TCP connection to one server, in a session: requests out, answers and watches in, pings; it ends at the first
 * trouble and says so once.
 */
export class Connection {
  readonly #socket: Socket
  readonly #waiting = new Map<number, Waiting>()
  readonly #on: { event(event: WatchEvent): void; lost(): void }
  #pinger: NodeJS.Timeout | undefined
  #silence: NodeJS.Timeout | undefined
  #xid = 0
  /** The last change that this end has seen, for catching up elsewhere. */
  zxid = 0n

  private constructor(socket: Socket, on: { event(event: WatchEvent): void; lost(): void }) {
    this.#socket = socket
    this.#on = on
  }

  /**
   * Opens or goes on with a session; a timeout of 0 in what comes back says that it has expired. @throws where the
   * server does not serve
   */
  static open(
    { host, port }: ZkServer,
    wanted: SessionId & { readonly zxid: bigint; readonly patience: number },
    on: { event(event: WatchEvent): void; lost(): void },
  ): Promise<{ connection: Connection; session: SessionId }> {
    const socket = connect({ host, port, noDelay: true })
    const connection = new Connection(socket, on)
    connection.zxid = wanted.zxid
    return new Promise((resolve, reject) => {
      const packets = new Packets()
      let open = false
      socket.setTimeout(wanted.patience, () => socket.destroy())
      socket.on('connect', () =>
        socket.write(
          packet(int(0), long(wanted.zxid), int(wanted.timeout), long(wanted.id), buffer(wanted.password), bool(false)),
        ),
      )
      socket.on('data', (chunk: Buffer) => {
        for (const bytes of packets.push(chunk)) {
          if (open) {
            connection.#read(bytes)
            continue
          }
          open = true
          const answer = new Reader(bytes)
          answer.int()
          const session = { timeout: answer.int(), id: answer.long(), password: Buffer.from(answer.buffer()) }
          if (session.timeout > 0) connection.#keep(session.timeout)
          resolve({ connection, session })
        }
      })
      socket.on('error', () => undefined) // 'close' follows
      socket.on('close', () => {
        if (open) connection.#end()
        else reject(new Error(`${host}:${port} does not serve`))
      })
    })
  }

  /** Sends a request and gives its answer's body. @throws ZkError */
  request(type: number, what: string, parts: readonly Buffer[], answered?: Answered): Promise<Reader> {
    this.#xid++
    return this.send(this.#xid, type, what, parts, answered)
  }

  /** The same under a number of one's own: ZooKeeper has fixed ones for authentication and for watches. */
  send(xid: number, type: number, what: string, parts: readonly Buffer[], answered?: Answered): Promise<Reader> {
    return new Promise((resolve, reject) => {
      if (this.#socket.destroyed) return reject(new ZkError(CONNECTION_LOSS, what))
      this.#waiting.set(xid, { what, answered, resolve, reject })
      this.#socket.write(packet(int(xid), int(type), ...parts))
    })
  }

  authenticate(auth: string): Promise<Reader> {
    return this.send(-4, 100, 'authenticate', [int(0), string('digest'), buffer(Buffer.from(auth))])
  }

  destroy(): void {
    this.#socket.destroy()
  }

  /**
   * Silence for two thirds of the session's time means that the server is lost; a ping each third keeps a good one from
   * that.
   */
  #keep(timeout: number): void {
    this.#socket.setTimeout(0)
    // not the socket's own: that counts what is sent as well
    this.#silence = setTimeout(() => this.#socket.destroy(), (timeout * 2) / 3)
    this.#pinger = setInterval(() => this.#socket.write(PING), timeout / 3)
  }

  #read(bytes: Buffer): void {
    this.#silence?.refresh()
    const answer = new Reader(bytes)
    const [xid, zxid, error] = [answer.int(), answer.long(), answer.int()]
    if (zxid > 0n) this.zxid = zxid
    if (xid === -1) {
      const [type] = [answer.int(), answer.int()]
      this.#on.event({ type, path: answer.string() })
      return
    }
    const waiting = this.#waiting.get(xid)
    this.#waiting.delete(xid)
    waiting?.answered?.(error)
    if (error === 0) waiting?.resolve(answer)
    else waiting?.reject(new ZkError(error, waiting.what))
  }

  #end(): void {
    clearInterval(this.#pinger)
    clearTimeout(this.#silence)
    for (const { what, reject } of this.#waiting.values()) reject(new ZkError(CONNECTION_LOSS, what))
    this.#waiting.clear()
    this.#on.lost()
  }
}
