import { nanoseconds, now } from '../common/numbers.ts'
import type { AgentInfo, DrainConfig, Id, Nanoseconds } from '../common/proto.ts'
import type { MasterInfo } from './info.ts'
import type { Store } from './store.ts'

export interface MachineId {
  readonly hostname?: string
  readonly ip?: string
}

export interface Window {
  readonly machine_ids: readonly MachineId[]
  readonly unavailability: { readonly start: Nanoseconds; readonly duration?: Nanoseconds }
}

/** An agent that is drained, and how far. */
export interface DrainInfo {
  readonly state: 'DRAINING' | 'DRAINED'
  readonly config: DrainConfig
}

export interface RegisteredAgent {
  readonly info: AgentInfo
  readonly deactivated?: boolean
  readonly drain_info?: DrainInfo
  /** Not of Mesos: seconds since 1970, so that a new leader can show it. */
  readonly drain_start?: number
}

interface Gone {
  readonly id: Id
  readonly timestamp: Nanoseconds
}

/** What survives masters. */
export interface Registry {
  readonly agents: readonly RegisteredAgent[]
  readonly unreachable: readonly Gone[]
  readonly gone: readonly Gone[]
  readonly windows: readonly Window[]
  /** Machines that are down for maintenance. */
  readonly down: readonly MachineId[]
}

const EMPTY_REGISTRY: Registry = { agents: [], unreachable: [], gone: [], windows: [], down: [] }

const idOf = (agent: RegisteredAgent): string => agent.info.id?.value ?? ''

/** The registry with an agent in it as it is now, whatever it was. */
export const admitted = (r: Registry, agent: RegisteredAgent): Registry => ({
  ...r,
  agents: [...r.agents.filter((a) => idOf(a) !== idOf(agent)), agent],
  unreachable: r.unreachable.filter(({ id }) => id.value !== idOf(agent)),
})

/** The registry without an agent. */
export const removed = (r: Registry, id: string): Registry => ({ ...r, agents: r.agents.filter((a) => idOf(a) !== id) })

/** The registry with an agent that went: it may come back from being unreachable, never from being gone. */
export const went = (r: Registry, where: 'unreachable' | 'gone', id: string): Registry => ({
  ...removed(r, id),
  [where]: [...r[where], { id: { value: id }, timestamp: nanoseconds(now()) }],
})

/** A master's registry: kept in memory, written before anybody is told. */
export class Registrar {
  #registry: Registry = EMPTY_REGISTRY
  #store: Store | undefined
  #last: Promise<unknown> = Promise.resolve()
  #size = 0
  fetchMs: number | undefined
  storeMs: number | undefined

  get registry(): Registry {
    return this.#registry
  }

  get size(): number {
    return this.#size
  }

  async recover(store: Store): Promise<void> {
    const began = performance.now()
    const text = await store.load()
    this.#store = store
    this.#registry = text === undefined ? EMPTY_REGISTRY : (JSON.parse(text) as Registry)
    await this.apply((r) => r)
    this.fetchMs = performance.now() - began
  }

  /** Changes it: one after the other; resolves once it is written. */
  apply(change: (registry: Registry) => Registry): Promise<void> {
    const work = async (): Promise<void> => {
      const began = performance.now()
      const next = change(this.#registry)
      const text = JSON.stringify(next)
      await this.#store?.save(text)
      this.#registry = next
      this.#size = text.length
      this.storeMs = performance.now() - began
    }
    const done = this.#last.then(work)
    this.#last = done.catch(() => undefined)
    return done
  }
}

/** As `/registrar(1)/registry` shows it. */
export const registryView = ({ agents, unreachable, gone, windows, down }: Registry, info: MasterInfo): object => ({
  ...(gone.length > 0 && { gone: { slaves: gone } }),
  machines: down.length > 0 ? { machines: down.map((id) => ({ info: { id, mode: 'DOWN' } })) } : {},
  master: { info },
  minimum_capabilities: ['QUOTA_V2', 'AGENT_DRAINING'].map((capability) => ({ capability })),
  ...(windows.length > 0 && { schedules: [{ windows }] }),
  slaves: agents.length > 0 ? { slaves: agents.map(({ drain_start: _, ...agent }) => agent) } : {},
  ...(unreachable.length > 0 && { unreachable: { slaves: unreachable } }),
})
