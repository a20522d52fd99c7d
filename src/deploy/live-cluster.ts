import type { Front } from '../balancing/clash.ts'
import type { Marathon } from '../clients/marathon.ts'
import type { Containerizers } from '../clients/settings/mesos.ts'
import type { Ask as AskOthers } from '../clients/witnesses.ts'
import type { Agent } from './agents.ts'
import type { ImageState } from './events.ts'
import type { ImageFile } from './image/archive.ts'
import type { Backend, Door } from './rollout/serving.ts'

/** One HAProxy. */
export interface Balancer extends Door {
  /** The name of its host in the inventory. */
  readonly host: string
  /** The addresses and names that Mesos may use for that host. */
  readonly hostnames: readonly string[]
  /** Its backends. @throws if HAProxy does not answer */
  stats(): Promise<readonly Backend[]>
}

/** Docker or the agent of a slave can write no more: no task starts there, and no image comes in. */
export class FullDiskError extends Error {
  override readonly name = 'FullDiskError'
}

/** A slave that needs the images. */
export interface Slave {
  readonly host: string
  /** The registries for which the slave has logins in the inventory. */
  readonly registries?: readonly string[]
  /**
   * Brings an image to the slave, from a file or by a pull, and reports its states. @throws Error: why it failed;
   * FullDiskError; TransportError if the slave is unreachable
   */
  image(image: string, file: ImageFile | undefined, say: (state: ImageState) => void): Promise<void>
}

/** Keeps new tasks off slaves for a while. */
export interface Gates {
  /**
   * The agents that accept tasks, and those closed here that otherwise would; none of a host that is being removed.
   * `undefined` if Mesos does not answer.
   */
  agents(): Promise<readonly Agent[] | undefined>
  /**
   * Sends new tasks elsewhere from now on; running ones continue. If nobody opens the slave again, the next run does.
   * Does nothing if somebody else has taken the slave out of service.
   * @throws Error: why the slave stays open
   */
  close(hostname: string): Promise<void>
  /** Opens a slave that was closed here. @throws Error that says what to do */
  open(hostname: string): Promise<void>
}

/** Every part of a cluster that a deployment touches; tests substitute their own. */
export interface LiveCluster {
  readonly marathon: Marathon
  readonly slaves: readonly Slave[]
  /** What the inventory's slaves run tasks with. */
  readonly containerizers: readonly Containerizers[]
  readonly balancers: readonly Balancer[]
  /** How many of them send only to tasks on their own slave. */
  readonly strict: number
  /** The HAProxies' default backends in the inventory, without duplicates. */
  readonly fronts: readonly Front[]
  /**
   * How many tasks the registrars have registered in Consul under that name; 0 if no host has Consul. @throws if Consul
   * does not answer
   */
  registered(service: string): Promise<number>
  /**
   * The services under which the registrars have registered tasks of an app, which its labels may name. @throws if
   * Consul does not answer
   */
  servicesOf(app: string): Promise<readonly string[]>
  /** What keeps new tasks from the HAProxies, one sentence per host. Never throws. */
  broken(): Promise<readonly string[]>
  /** The agents that accept tasks, according to Mesos; `undefined` if it does not answer. */
  agents(): Promise<readonly Agent[] | undefined>
  readonly gates: Gates
  /** What Mesos, the task itself and HAProxy say about a task's health, as far as they answer. Never throws. */
  readonly others: AskOthers
  /** Does Mesos' leading master not know a task of an agent that it knows? False if it does not answer. */
  lost(task: { readonly id: string; readonly slaveId: string }): Promise<boolean>
  /**
   * The last lines of a task's standard error, without control characters and secrets; empty if they cannot be read.
   */
  lastWords(task: { readonly id: string; readonly host: string }): Promise<readonly string[]>
  /** The inventory's name of the host that Mesos calls `hostname`. */
  name(hostname: string): string
  /** Waits `ms` milliseconds; rejects if the signal is aborted. */
  sleep(ms: number, signal?: AbortSignal): Promise<void>
  /** A monotonic clock, in milliseconds. */
  now(): number
}
