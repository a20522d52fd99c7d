import { ZkError, type ZooKeeper } from '../../zookeeper.ts'
import { joinGroup, retried } from '../common/member.ts'

/**
 * What a replica of the log says of itself in its node under `log_replicas`. The log of these stand-ins has no entries
 * (the registry lies in ZooKeeper, see store.ts); what is kept of it is who may take part: a replica that was wiped
 * must not vote before it has caught up, and a new log begins only when all its replicas are there and empty.
 */
export interface Replica {
  readonly pid: string
  readonly status: 'EMPTY' | 'VOTING'
  /** The log that it is a replica of. */
  readonly log?: string
  /** Those that were empty together when that log began. */
  readonly began?: readonly string[]
}

/** What an empty replica is to become, seeing all of them by name, itself included; nothing while it has to wait. */
export function recover(
  name: string,
  pid: string,
  all: ReadonlyMap<string, Replica>,
  quorum: number,
): Replica | undefined {
  const voting = [...all.values()].filter((r) => r.status === 'VOTING')
  const begun = voting.find((r) => r.began?.includes(name))
  const [caughtUp] = voting
  if (begun) return { ...begun, pid }
  if (caughtUp && voting.length >= quorum)
    return { pid, status: 'VOTING', ...(caughtUp.log !== undefined && { log: caughtUp.log }) }
  const began = [...all.keys()].sort()
  if (voting.length > 0 || began.length < 2 * quorum - 1) return undefined
  return { pid, status: 'VOTING', log: `log-of-${began.join('-')}`, began }
}

/** The replicas of an ensemble, followed through ZooKeeper: this master's own is one of them. */
export class Replicas {
  readonly #path: string
  readonly #quorum: number
  readonly #keep: (replica: Replica) => void
  readonly #changed: () => void
  #own: Replica
  #all: ReadonlyMap<string, Replica> = new Map()

  constructor(path: string, quorum: number, own: Replica, keep: (replica: Replica) => void, changed: () => void) {
    this.#path = path
    this.#quorum = quorum
    this.#own = own
    this.#keep = keep
    this.#changed = changed
  }

  /** How many there are; at least this one. */
  get size(): number {
    return Math.max(1, this.#all.size)
  }

  get own(): Replica {
    return this.#own
  }

  /** True where as many vote as a majority takes. */
  get quorate(): boolean {
    return (
      this.#own.status === 'VOTING' &&
      [...this.#all.values()].filter((r) => r.status === 'VOTING').length >= this.#quorum
    )
  }

  /** Takes part for as long as a session lasts. */
  async join(zk: ZooKeeper): Promise<void> {
    const node = await joinGroup(zk, this.#path, '', JSON.stringify(this.#own))
    const name = node.slice(node.lastIndexOf('/') + 1)
    zk.on('state', (state) => {
      if (state === 'expired') this.#see(new Map())
    })
    const look = (): Promise<void> =>
      retried(async () => {
        const names = await zk.children(this.#path, again)
        const seen = await Promise.all(
          names.map(async (n) => [n, await read(zk, `${this.#path}/${n}`, again)] as const),
        )
        this.#see(latest(seen.filter((s): s is readonly [string, Replica] => s[1] !== undefined)))
        const next = this.#own.status === 'EMPTY' ? recover(name, this.#own.pid, this.#all, this.#quorum) : undefined
        if (next === undefined) return
        this.#own = next
        this.#keep(next)
        await zk.set(node, JSON.stringify(next))
      })
    const again = (): void => {
      look().catch(() => undefined) // the session has ended
    }
    await look()
  }

  #see(all: ReadonlyMap<string, Replica>): void {
    this.#all = all
    this.#changed()
  }
}

/** Of each master the newest: the node of its last life may still be there. */
const latest = (seen: readonly (readonly [string, Replica])[]): ReadonlyMap<string, Replica> =>
  new Map(seen.filter(([name, { pid }]) => !seen.some(([other, replica]) => replica.pid === pid && other > name)))

async function read(zk: ZooKeeper, path: string, watch: () => void): Promise<Replica | undefined> {
  try {
    return JSON.parse((await zk.get(path, watch)).data.toString('utf8')) as Replica
  } catch (error) {
    if (error instanceof ZkError && error.code === 'NoNode') return undefined
    throw error
  }
}
