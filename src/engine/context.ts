import type { InventoryHost } from '../model/host.ts'
import type { Cluster } from '../model/recipe.ts'
import type { Resource } from '../model/resource.ts'
import type { Transport } from '../transport/transport.ts'
import type { RunEvent } from './events.ts'
import type { FactsCache } from './observe/facts.ts'
import type { FileSums } from './plan/local-files.ts'
import type { PlanFile } from './plan/plan-file.ts'

type WithoutTime<T> = T extends unknown ? Omit<T, 'at'> : never

/** What stands before hosts and sends clients to them: balancers. Both @throws Error where that cannot be done. */
export interface Front {
  /** Resolves when nobody is sent to the host any more, and what was begun has ended. */
  leave(host: InventoryHost, say: (text: string) => void): Promise<void>
  /** Resolves when clients are sent to it again; at once for a host that did not leave. */
  join(host: InventoryHost, say: (text: string) => void): Promise<void>
}

/** What a run is about on a host, where it is not about what the recipes want. `who`: who runs it. Pure. */
export type About = (host: InventoryHost, who: string) => readonly Resource[]

/** What all hosts of a run share. */
export interface Context {
  readonly cluster: Cluster
  /** The names of the hosts that are part of the run. */
  readonly hosts: ReadonlySet<string>
  readonly transport: Transport
  readonly facts: FactsCache
  /** Who runs this, for locks: `alice@laptop`. */
  readonly who: string
  readonly allow: ReadonlySet<string>
  readonly wait: boolean
  readonly script: boolean
  /** Milliseconds before each attempt to make a lost link anew. */
  readonly reconnects: readonly number[]
  /** Milliseconds without a byte after which an observation counts as hung. */
  readonly silence: number
  /** What is known of files of this machine. */
  readonly sums: FileSums
  /** What sends clients to hosts, if anything does. */
  readonly front: Front | undefined
  /** What the run is about, in place of what the recipes want; absent: that. */
  readonly about: About | undefined
  /** The plan that `apply` is held to. */
  readonly approved: PlanFile | undefined
  /** This is a stage of a run, which knows the others. */
  readonly inStage: boolean
  /** Aborted: no new step starts. */
  readonly signal: AbortSignal
  /** Aborted: the controller leaves. */
  readonly leave: AbortSignal
  /** Milliseconds since the run began, monotonic. */
  now(): number
  emit(event: WithoutTime<RunEvent>): void
  /** Resolves once whoever reads the events has caught up. */
  room(): Promise<void>
}

/** Shall nothing new begin? */
export const isStopped = ({ signal, leave }: Context): boolean => signal.aborted || leave.aborted
