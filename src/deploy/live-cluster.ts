import type { Front } from '../balancing/clash.ts'
import type { Marathon } from '../clients/marathon.ts'
import type { Ask as AskOthers } from '../clients/witnesses.ts'
import type { Agent } from './agents.ts'
import type { ImageState } from './events.ts'
import type { ImageFile } from './image/archive.ts'
import type { Backend, Door } from './rollout/serving.ts'

/** One HAProxy. */
export interface Balancer extends Door {
  /** The host that it runs on, by its name in the inventory. */
  readonly host: string
  /** The addresses and names by which Mesos may call that host. */
  readonly hostnames: readonly string[]
  /** Its backends. @throws if it cannot be asked */
  stats(): Promise<readonly Backend[]>
}

/** A slave that needs the images. */
export interface Slave {
  readonly host: string
  /** The registries that the inventory has logins for there. */
  readonly registries?: readonly string[]
  /**
   * Brings an image there, from a file or by a pull. Tells its states. @throws Error: why it is not there;
   * TransportError where the slave cannot be reached
   */
  image(image: string, file: ImageFile | undefined, say: (state: ImageState) => void): Promise<void>
}

/** Keeps new tasks away from slaves for a while. */
export interface Gates {
  /**
   * The agents that take tasks, and those that would if they were not closed here; none of a host that is to leave.
   * `undefined` if Mesos does not say.
   */
  agents(): Promise<readonly Agent[] | undefined>
  /**
   * New tasks go elsewhere from now on; those that run go on. The next run opens it again if nobody else does. Does
   * nothing where somebody else has taken the slave out of service.
   * @throws Error: why it stays as it is
   */
  close(hostname: string): Promise<void>
  /** Opens one that was closed here. @throws Error that says what to do */
  open(hostname: string): Promise<void>
}

/** Everything in a cluster that a deployment touches; a test gives one of its own. */
export interface LiveCluster {
  readonly marathon: Marathon
  readonly slaves: readonly Slave[]
  readonly balancers: readonly Balancer[]
  /** How many of them send to tasks of their own slave only. */
  readonly strict: number
  /** What the inventory says of their default, once for all that say the same. */
  readonly fronts: readonly Front[]
  /**
   * How many tasks the registrars have in Consul under that name; 0 where no host has Consul. @throws if it cannot be
   * asked
   */
  registered(service: string): Promise<number>
  /** What keeps new tasks from the HAProxies, a sentence for each host. Never throws. */
  broken(): Promise<readonly string[]>
  /** The agents that take tasks, as Mesos has them; `undefined` if it does not say. */
  agents(): Promise<readonly Agent[] | undefined>
  readonly gates: Gates
  /** What Mesos, the task itself and HAProxy say of a task's health, as far as they can be asked. Never throws. */
  readonly others: AskOthers
  /** Does Mesos' leading master not know a task? False if it cannot be asked. */
  lost(task: string): Promise<boolean>
  /**
   * The last lines of a task's standard error; none if they cannot be had. Free of control characters and secrets.
   */
  lastWords(task: { readonly id: string; readonly host: string }): Promise<readonly string[]>
  /** What the host is called in the inventory that Mesos calls so. */
  name(hostname: string): string
  /** Waits so many milliseconds; rejects where the signal is aborted. */
  sleep(ms: number, signal?: AbortSignal): Promise<void>
  /** Milliseconds, never backwards. */
  now(): number
}
