import type { InventoryHost } from '../model/host.ts'
import type { Cluster, Turn } from '../model/recipe.ts'
import type { Resource } from '../model/resource.ts'
import type { Transport } from '../transport/transport.ts'
import type { RunEvent } from './events.ts'
import type { FactsCache } from './observe/facts.ts'
import type { FileSums } from './plan/local-files.ts'
import type { PlanFile } from './plan/plan-file.ts'

type WithoutTime<T> = T extends unknown ? Omit<T, 'at'> : never

/**
 * The balancers that send clients to hosts. A turn that interrupts what clients reach through a host begins with
 * `leave` and ends with `join`. Both @throws Error if they cannot do it: the host is then left as it is.
 */
export interface Front {
  /** Resolves when the balancers send no more clients to the host and open requests have ended. */
  leave(host: InventoryHost, say: Turn['say']): Promise<void>
  /** Resolves when the balancers send clients to the host again; at once if it never left. */
  join(host: InventoryHost, say: Turn['say']): Promise<void>
}

/** The resources that a run applies on a host in place of what the recipes want. `who` runs it. Pure. */
export type About = (host: InventoryHost, who: string) => readonly Resource[]

/** What all hosts of a run share. */
export interface Context {
  readonly cluster: Cluster
  /** The names of the hosts that take part in the run. */
  readonly hosts: ReadonlySet<string>
  readonly transport: Transport
  readonly facts: FactsCache
  /** The user who runs this, for locks: `alice@laptop`. */
  readonly who: string
  readonly allow: ReadonlySet<string>
  readonly wait: boolean
  readonly script: boolean
  /** Milliseconds to wait before each attempt to reconnect. */
  readonly reconnects: readonly number[]
  /** Milliseconds of silence after which an observation counts as hung. */
  readonly silence: number
  /** Checksums of this machine's files, as far as they are known. */
  readonly sums: FileSums
  /** The balancers that send clients to hosts; without it, hosts that are targets of balancers are not interrupted. */
  readonly front: Front | undefined
  /** What the run applies in place of what the recipes want; absent for an ordinary run. */
  readonly about: About | undefined
  /** The plan that `apply` must match. */
  readonly approved: PlanFile | undefined
  /** This run is one stage of a membership change, so it plans no stages itself. */
  readonly inStage: boolean
  /** Makes the host that leaves in this stage hand over again, if the others have elected it. @returns why not */
  readonly handOver?: () => Promise<string | undefined>
  /** When aborted, no new step starts. */
  readonly signal: AbortSignal
  /** When aborted, the controller leaves. */
  readonly leave: AbortSignal
  /** Milliseconds since the run began, monotonic. */
  now(): number
  emit(event: WithoutTime<RunEvent>): void
  /** Resolves once the readers of the events have caught up. */
  room(): Promise<void>
}

/** Must the run start nothing new? */
export const isStopped = ({ signal, leave }: Context): boolean => signal.aborted || leave.aborted
