import { ZkError, ZooKeeper } from '../standins/zookeeper.ts'
import { PATIENCE } from './until.ts'

/**
 * A ZooKeeper client that observes writes: one session with one server; create, list. Every request rejects when the
 * connection is lost or the server is silent for too long, so that the caller retries on another server, as real
 * clients do.
 */
export class ZkClient {
  readonly #zk: ZooKeeper
  readonly #timeout: number

  private constructor(zk: ZooKeeper, timeout: number) {
    this.#zk = zk
    this.#timeout = timeout
  }

  /** Opens a session. @param timeout milliseconds for this, and for each request @throws if the server does not serve */
  static async open(address: string, port = 2181, timeout = PATIENCE * 1000): Promise<ZkClient> {
    const client = new ZkClient(new ZooKeeper({ servers: [{ host: address, port }], timeout: 6000 }), timeout)
    await client.#inTime(client.#zk.connected())
    return client
  }

  /** Creates a persistent node. Returns true if it was created, false if it existed. */
  async create(path: string, data: string): Promise<boolean> {
    try {
      await this.#inTime(this.#zk.create(path, data))
      return true
    } catch (error) {
      if (error instanceof ZkError && error.code === 'NodeExists') return false
      throw error
    }
  }

  children(path: string): Promise<string[]> {
    return this.#inTime(this.#zk.children(path))
  }

  close(): void {
    this.#zk.destroy()
  }

  async #inTime<T>(work: Promise<T>): Promise<T> {
    const timer = setTimeout(() => this.#zk.destroy(), this.#timeout)
    try {
      return await work
    } finally {
      clearTimeout(timer)
    }
  }
}

/** A writer's record: each write with the time until it was acknowledged, in ms. */
export interface Writes {
  readonly acknowledged: ReadonlyMap<string, number>
  /** Stops writing; resolves with the number of acknowledged writes, those that are missing, and the longest wait. */
  stop(): Promise<{ readonly written: number; readonly lost: readonly string[]; readonly slowest: number }>
}

/**
 * Writes one node after another to an ensemble, retrying each on the next server until it is acknowledged, until it is
 * stopped.
 */
export async function writer(
  addresses: readonly string[],
  root: string,
  pause = 20,
  patience = { open: 1500, write: 60_000 },
): Promise<Writes> {
  const acknowledged = new Map<string, number>()
  let client: ZkClient | undefined
  let turn = 0
  let over = false
  const attempt = async <T>(work: (c: ZkClient) => Promise<T>, until = Date.now() + patience.write): Promise<T> => {
    for (;;) {
      try {
        client ??= await ZkClient.open(addresses[turn++ % addresses.length] as string, 2181, patience.open)
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
