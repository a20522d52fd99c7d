import { type AddressInfo, createServer, type Server, type Socket } from 'node:net'
import { buffer, int, long, Packets, packet, Reader, string, vector } from '../../zookeeper/jute.ts'

interface Node {
  data: Buffer
  version: number
  children: number
  readonly owner: bigint
}

interface Session {
  readonly id: bigint
  readonly timeout: number
  socket: Socket | undefined
  expiry: NodeJS.Timeout | undefined
}

const OK = 0
const NO_NODE = -101
const NODE_EXISTS = -110
const NOT_EMPTY = -111

const parentOf = (path: string): string => path.slice(0, path.lastIndexOf('/')) || '/'

/**
 * As much of a ZooKeeper server as the stand-ins need, in this process: sessions, ephemeral and sequential nodes,
 * watches. For tests without ZooKeeper.
 */
export class SimZooKeeper {
  readonly #nodes = new Map<string, Node>([['/', { data: Buffer.alloc(0), version: 0, children: 0, owner: 0n }]])
  readonly #sessions = new Map<bigint, Session>()
  readonly #watches: { kind: 'data' | 'child'; path: string; session: bigint }[] = []
  readonly #server: Server
  #zxid = 0n
  #lastSession = 0n
  /** Sessions whose time is over, while none may expire. */
  #due: bigint[] | undefined

  constructor() {
    this.#server = createServer((socket) => this.#serve(socket))
  }

  async listen(): Promise<number> {
    await new Promise<void>((resolve) => this.#server.listen(0, '127.0.0.1', resolve))
    return this.port
  }

  get port(): number {
    return (this.#server.address() as AddressInfo).port
  }

  /** Stops answering: every client's connection is lost, and no new one is made. */
  cut(): void {
    this.#server.close()
    for (const { socket } of this.#sessions.values()) socket?.destroy()
  }

  close(): void {
    this.cut()
    for (const { expiry } of this.#sessions.values()) clearTimeout(expiry)
  }

  /** Lets no session expire until the returned function is called: what a test does meanwhile may take its time. */
  holdSessions(): () => void {
    this.#due = []
    return () => {
      const due = this.#due ?? []
      this.#due = undefined
      for (const id of due) if (this.#sessions.get(id)?.socket === undefined) this.#expire(id)
    }
  }

  /** Makes a node as another client would. */
  put(path: string, data: string): void {
    if (!this.#nodes.has(parentOf(path))) this.put(parentOf(path), '')
    this.#create(path, Buffer.from(data), 0n)
  }

  remove(path: string): void {
    this.#delete(path)
  }

  #serve(socket: Socket): void {
    const packets = new Packets()
    let session: Session | undefined
    socket.on('data', (chunk: Buffer) => {
      for (const bytes of packets.push(chunk)) {
        if (session) this.#request(session, bytes)
        else session = this.#connect(socket, new Reader(bytes))
      }
    })
    socket.on('error', () => undefined)
    socket.on('close', () => {
      if (session?.socket !== socket) return
      session.socket = undefined
      const { id, timeout } = session
      session.expiry = setTimeout(() => (this.#due ? void this.#due.push(id) : this.#expire(id)), timeout)
    })
  }

  #connect(socket: Socket, from: Reader): Session {
    from.int()
    from.long()
    const timeout = from.int()
    const wanted = from.long()
    const found = this.#sessions.get(wanted)
    const session = found ?? { id: ++this.#lastSession, timeout, socket, expiry: undefined }
    clearTimeout(session.expiry)
    session.socket = socket
    this.#sessions.set(session.id, session)
    socket.write(
      packet(int(0), int(wanted !== 0n && !found ? 0 : session.timeout), long(session.id), buffer(Buffer.alloc(16))),
    )
    return session
  }

  #expire(id: bigint): void {
    this.#sessions.delete(id)
    for (const [path, node] of [...this.#nodes]) if (node.owner === id) this.#delete(path)
  }

  #request(session: Session, bytes: Buffer): void {
    const from = new Reader(bytes)
    const [xid, type] = [from.int(), from.int()]
    const [error, ...body] = this.#answer(session, type, from, bytes.at(-1) === 1)
    session.socket?.write(packet(int(xid), long(this.#zxid), int(error), ...body))
    if (type !== -11) return
    const { socket } = session
    session.socket = undefined
    this.#expire(session.id)
    socket?.end()
  }

  /** @param watch the last byte of a request that reads: whether to tell of the next change. */
  #answer(session: Session, type: number, from: Reader, watch: boolean): [number, ...Buffer[]] {
    if (type === 11 || type === -11 || type === 100 || type === 101) return [OK]
    const path = from.string()
    const node = this.#nodes.get(path)
    if (type === 1) {
      const data = Buffer.from(from.buffer())
      for (let i = from.int(); i > 0; i--) [from.int(), from.string(), from.string()]
      const flags = from.int()
      const made =
        flags & 2 ? `${path}${String(this.#nodes.get(parentOf(path))?.children ?? 0).padStart(10, '0')}` : path
      if (!this.#nodes.has(parentOf(made))) return [NO_NODE]
      return this.#create(made, data, flags & 1 ? session.id : 0n) ? [OK, string(made)] : [NODE_EXISTS]
    }
    if (type === 2) return node ? [this.#delete(path)] : [NO_NODE]
    if (type === 5 && node) {
      node.data = Buffer.from(from.buffer())
      node.version++
      this.#zxid++
      this.#fire('data', path, 3)
      return [OK, this.#stat(node)]
    }
    if (watch && type !== 5) this.#watches.push({ kind: type === 8 ? 'child' : 'data', path, session: session.id })
    if (!node) return [NO_NODE]
    if (type === 3) return [OK, this.#stat(node)]
    if (type === 4) return [OK, buffer(node.data), this.#stat(node)]
    return [OK, vector(this.#childrenOf(path).map(string))]
  }

  #childrenOf(path: string): string[] {
    const prefix = path === '/' ? '/' : `${path}/`
    return [...this.#nodes.keys()]
      .filter((other) => other !== '/' && other.startsWith(prefix) && parentOf(other) === path)
      .map((other) => other.slice(prefix.length))
  }

  #create(path: string, data: Buffer, owner: bigint): boolean {
    if (this.#nodes.has(path)) return false
    const parent = this.#nodes.get(parentOf(path)) as Node
    parent.children++
    this.#zxid++
    this.#nodes.set(path, { data, version: 0, children: 0, owner })
    this.#fire('data', path, 1)
    this.#fire('child', parentOf(path), 4)
    return true
  }

  #delete(path: string): number {
    if (this.#childrenOf(path).length > 0) return NOT_EMPTY
    this.#nodes.delete(path)
    this.#zxid++
    this.#fire('data', path, 2)
    this.#fire('child', path, 2)
    this.#fire('child', parentOf(path), 4)
    return OK
  }

  #fire(kind: 'data' | 'child', path: string, type: number): void {
    const hit = this.#watches.filter((w) => w.kind === kind && w.path === path)
    for (const watch of hit) {
      this.#watches.splice(this.#watches.indexOf(watch), 1)
      this.#sessions
        .get(watch.session)
        ?.socket?.write(packet(int(-1), long(-1n), int(OK), int(type), int(3), string(path)))
    }
  }

  #stat(node: Node): Buffer {
    const none = long(0n)
    return Buffer.concat([
      none,
      none,
      none,
      none,
      int(node.version),
      int(0),
      int(0),
      long(node.owner),
      int(node.data.length),
      int(0),
      none,
    ])
  }
}
