import type { ZkError, ZooKeeper } from '../../zookeeper.ts'
import type { Write } from '../core/persist.ts'

/**
 * The state below Marathon's path in ZooKeeper: one node for each definition, instance, deployment and failure, as
 * JSON.
 */
export class Store {
  readonly #zk: ZooKeeper
  readonly #path: string
  readonly #known = new Set<string>()

  constructor(zk: ZooKeeper, path: string) {
    this.#zk = zk
    this.#path = path
  }

  /** Everything that is kept, by its path below the state's. */
  async load(): Promise<ReadonlyMap<string, unknown>> {
    const nodes = new Map<string, unknown>()
    const walk = async (path: string): Promise<void> => {
      const { data } = await this.#zk.get(`${this.#path}${path}`)
      this.#known.add(path)
      if (data.length > 0) nodes.set(path.slice(1), JSON.parse(data.toString()))
      const names = await this.#zk.children(`${this.#path}${path}`)
      await Promise.all(names.map((name) => walk(`${path}/${name}`)))
    }
    await this.#zk.ensure(this.#path)
    await walk('')
    return nodes
  }

  /** Writes; requests go out in this order and ZooKeeper keeps to it. */
  async apply(writes: readonly Write[]): Promise<void> {
    for (const { path } of writes) await this.#folders(`/${path}`)
    await Promise.all(writes.map(({ path, value }) => this.#write(`/${path}`, value)))
  }

  async #folders(path: string): Promise<void> {
    const folder = path.slice(0, path.lastIndexOf('/'))
    if (this.#known.has(folder)) return
    await this.#zk.ensure(`${this.#path}${folder}`)
    this.#known.add(folder)
  }

  async #write(path: string, value: unknown): Promise<void> {
    const node = `${this.#path}${path}`
    if (value === undefined) {
      this.#known.delete(path)
      await this.#zk.delete(node).catch((error: ZkError) => {
        if (error.code !== 'NoNode') throw error
      })
    } else if (this.#known.has(path)) await this.#zk.set(node, JSON.stringify(value))
    else {
      this.#known.add(path)
      await this.#zk.create(node, JSON.stringify(value))
    }
  }
}
