import { randomUUID } from 'node:crypto'
import type { ZkError, ZooKeeper } from '../../zookeeper.ts'

/** By the number that ZooKeeper gave. */
const bySequence = (names: readonly string[]): string[] =>
  [...names].sort((a, b) => (a.slice(-10) < b.slice(-10) ? -1 : 1))

interface Changes {
  elected(): void
  lost(): void
  /** Another session holds a place for the same `host:port`. */
  twice(): void
}

/**
 * A latch under ZooKeeper, as Curator's: whoever holds the lowest number leads. Each member's node holds its
 * `host:port`, so that all know where the leader is.
 */
export class Election {
  readonly #zk: ZooKeeper
  readonly #path: string
  readonly #on: Changes
  #me: string | undefined
  #own: string | undefined
  #leads = false
  /** `host:port` of the leader as ZooKeeper tells it. */
  leader: string | undefined

  constructor(zk: ZooKeeper, path: string, on: Changes) {
    this.#zk = zk
    this.#path = path
    this.#on = on
  }

  get leads(): boolean {
    return this.#leads
  }

  async enter(me: string): Promise<void> {
    await this.#zk.ensure(this.#path)
    const made = await this.#zk.create(`${this.#path}/_c_${randomUUID()}-latch-`, me, {
      ephemeral: true,
      sequential: true,
    })
    this.#me = me
    this.#own = made.slice(made.lastIndexOf('/') + 1)
    await this.#look()
  }

  /** Gives the leadership, or the place in the queue, up. */
  async leave(): Promise<void> {
    const own = this.#own
    this.#own = undefined
    this.#leads = false
    if (own !== undefined) await this.#zk.delete(`${this.#path}/${own}`).catch(() => undefined)
  }

  async #look(): Promise<void> {
    try {
      const names = bySequence(await this.#zk.children(this.#path, () => void this.#look()))
      const [first] = names
      const members = await Promise.all(names.map((name) => this.#zk.get(`${this.#path}/${name}`)))
      const ids = members.map(({ data }) => data.toString())
      this.leader = ids[0]
      if (this.#own === undefined) return
      if (ids.filter((id) => id === this.#me).length > 1) return this.#on.twice()
      const leads = first === this.#own
      const before = this.#leads
      this.#leads = leads
      if (leads && !before) this.#on.elected()
      if ((!leads && before) || !names.includes(this.#own)) this.#on.lost()
    } catch (error) {
      const { code } = error as ZkError
      if (code === 'NoNode') void this.#look() // one has just gone
    }
  }
}
