import { connect, type Socket } from 'node:net'

/**
 * As much of a ZooKeeper client as a witness of writes needs: one session to one server; create, list. Every request rejects when the
 * connection is lost, so that the caller retries on another server, as real clients do.
 * Wire format: ZooKeeper's zookeeper.jute (ConnectRequest, RequestHeader, CreateRequest, GetChildrenRequest).
 */
export class ZkClient {
  readonly #socket: Socket
  readonly #waiting = new Map<number, { resolve(body: Buffer): void; reject(error: Error): void }>()
  #buffer = Buffer.alloc(0)
  #xid = 0
  #open: { resolve(): void; reject(error: Error): void } | undefined

  private constructor(socket: Socket) {
    this.#socket = socket
    socket.on('data', (chunk: Buffer) => this.#read(chunk))
    const lost = (error?: Error) => this.#lost(error ?? new Error('connection lost'))
    socket.on('error', lost)
    socket.on('close', () => lost())
  }

  /** Opens a session. @throws where the server does not serve within `timeout` ms. */
  static async open(address: string, port = 2181, timeout = 1500): Promise<ZkClient> {
    const socket = connect({ host: address, port, noDelay: true })
    const client = new ZkClient(socket)
    const timer = setTimeout(() => socket.destroy(new Error('no answer')), timeout)
    try {
      await new Promise<void>((resolve, reject) => {
        client.#open = { resolve, reject }
        const body = Buffer.alloc(44)
        body.writeInt32BE(6000, 12) // session timeout in ms; protocol version, last zxid and session id are 0
        body.writeInt32BE(16, 24) // an empty password of 16 bytes
        socket.once('connect', () => socket.write(frame(body)))
      })
    } finally {
      clearTimeout(timer)
    }
    return client
  }

  /** Creates a persistent node. True: made; false: it was there. */
  async create(path: string, data: string): Promise<boolean> {
    const acl = Buffer.concat([int(1), int(31), string('world'), string('anyone')])
    const { error } = await this.#request(1, Buffer.concat([string(path), string(data), acl, int(0)]))
    if (error !== 0 && error !== -110) throw new Error(`create ${path}: error ${error}`)
    return error === 0
  }

  async children(path: string): Promise<string[]> {
    const { error, body } = await this.#request(8, Buffer.concat([string(path), Buffer.from([0])]))
    if (error !== 0) throw new Error(`children ${path}: error ${error}`)
    let at = 4
    return Array.from({ length: body.readInt32BE(0) }, () => {
      const size = body.readInt32BE(at)
      at += 4 + size
      return body.toString('utf8', at - size, at)
    })
  }

  close(): void {
    this.#socket.destroy()
  }

  async #request(type: number, body: Buffer, timeout = 1500): Promise<{ error: number; body: Buffer }> {
    const xid = ++this.#xid
    const answer = new Promise<Buffer>((resolve, reject) => this.#waiting.set(xid, { resolve, reject }))
    const timer = setTimeout(() => this.#socket.destroy(new Error('no answer')), timeout)
    this.#socket.write(frame(Buffer.concat([int(xid), int(type), body])))
    try {
      const whole = await answer
      return { error: whole.readInt32BE(12), body: whole.subarray(16) }
    } finally {
      clearTimeout(timer)
    }
  }

  #read(chunk: Buffer): void {
    this.#buffer = Buffer.concat([this.#buffer, chunk])
    while (this.#buffer.length >= 4 && this.#buffer.length >= 4 + this.#buffer.readInt32BE(0)) {
      const size = this.#buffer.readInt32BE(0)
      const message = this.#buffer.subarray(4, 4 + size)
      this.#buffer = this.#buffer.subarray(4 + size)
      if (this.#open !== undefined) {
        this.#open.resolve()
        this.#open = undefined
      } else {
        const xid = message.readInt32BE(0)
        this.#waiting.get(xid)?.resolve(message)
        this.#waiting.delete(xid)
      }
    }
  }

  #lost(error: Error): void {
    this.#open?.reject(error)
    for (const { reject } of this.#waiting.values()) reject(error)
    this.#waiting.clear()
  }
}

const int = (value: number): Buffer => {
  const bytes = Buffer.alloc(4)
  bytes.writeInt32BE(value)
  return bytes
}
const string = (value: string): Buffer => Buffer.concat([int(Buffer.byteLength(value)), Buffer.from(value)])
const frame = (body: Buffer): Buffer => Buffer.concat([int(body.length), body])

/** What a writer saw: each write with the time until it was acknowledged, in ms. */
export interface Writes {
  readonly acknowledged: ReadonlyMap<string, number>
  /** Ends the writing; resolves with how many acknowledged writes are not there, and the longest wait. */
  stop(): Promise<{ readonly written: number; readonly lost: readonly string[]; readonly slowest: number }>
}

/** Writes one node after the other into an ensemble, retrying each on the next server until it is acknowledged, until it is stopped. */
export async function writer(addresses: readonly string[], root: string, pause = 20): Promise<Writes> {
  const acknowledged = new Map<string, number>()
  let client: ZkClient | undefined
  let turn = 0
  let over = false
  const attempt = async <T>(work: (c: ZkClient) => Promise<T>, until = Date.now() + 60_000): Promise<T> => {
    for (;;) {
      try {
        client ??= await ZkClient.open(addresses[turn++ % addresses.length] as string)
        return await work(client)
      } catch (error) {
        client?.close()
        client = undefined
        if (Date.now() > until) throw error
        await new Promise((r) => setTimeout(r, 50))
      }
    }
  }
  await attempt((c) => c.create(root, ''))
  const writing = (async () => {
    for (let i = 0; !over; i++) {
      const name = `w${String(i).padStart(6, '0')}`
      const began = performance.now()
      await attempt((c) => c.create(`${root}/${name}`, String(i)))
      acknowledged.set(name, performance.now() - began)
      await new Promise((r) => setTimeout(r, pause))
    }
  })()
  writing.catch(() => undefined)
  return {
    acknowledged,
    async stop() {
      over = true
      await writing
      const there = new Set(await attempt((c) => c.children(root)))
      client?.close()
      return {
        written: acknowledged.size,
        lost: [...acknowledged.keys()].filter((name) => !there.has(name)),
        slowest: Math.max(...acknowledged.values()),
      }
    },
  }
}
