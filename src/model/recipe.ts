import type { Duplex } from 'node:stream'
import type { GenericSchema, InferOutput } from 'valibot'
import type { Script } from '../shell/script.ts'
import type { Cluster, Host, InventoryHost } from './cluster.ts'
import type { Step } from './plan.ts'
import type { Refusal, Resource } from './resource.ts'

/** A way to look at a host's services from outside its recipes: connections made from that host, through its own sshd. */
export interface Net {
  /** A TCP connection from the host to any address it reaches. @throws when it is refused or does not answer. */
  dial(address: string, port: number): Promise<Duplex>
  /** Runs sh that only reads, as root on the host, and gives what it printed. @throws with the last line of its complaints where it fails. */
  read(script: Script): Promise<string>
}

/** How a recipe's component is on one host. */
export interface Health {
  readonly green: boolean
  /** It certainly serves nobody just now (its port refuses, it belongs to no quorum), so that to restart it can break nothing. Red alone may mean that it could not be asked. */
  readonly down?: boolean
  /** It is red for one reason only: it was taken out of service, as by its recipe's `before` (an agent that is drained). */
  readonly away?: boolean
  /** One short phrase: "leader, 2 of 2 followers in sync"; why not, where it is not green. */
  readonly says: string
  /** Is this the member that leads its quorum? It is restarted last. */
  readonly leads?: boolean
  /** It is red for one reason only, which lies elsewhere: no host with this recipe serves it ("no master answers"). Where none of those is part of the run, nothing waits for it. */
  readonly waitsFor?: string
}

/** A member of a quorum (or of a fleet that is rolled like one) whose turn it is. */
export interface Turn {
  readonly host: InventoryHost
  readonly cluster: Cluster
  readonly net: Net
  /** Names of refusals that are waived in this run. */
  readonly allow: ReadonlySet<string>
  /** Aborted: give up. */
  readonly signal: AbortSignal
  /** Tells what is done or waited for: "drains: 2 tasks left". */
  say(text: string): void
}

/** How members may be restarted. */
export interface Rolling {
  /** The units whose restart or stop interrupts the member, e.g. `zookeeper.service`. */
  readonly services: readonly string[]
  /** Seconds that a member may take to be green again; default 120. */
  readonly deadline?: number
  /**
   * Members that serve each by itself, not by a majority: how many of so many may be away at once, those that are red anyway among them.
   * Absent: a quorum, of which one may be.
   */
  unavailable?(members: number): number
  /** What is under way just now that the interruption of a member would break: "the deployment of /rails-app". A turn waits until there is nothing. Must not throw where nobody can say. */
  holds?(turn: Turn): Promise<string | undefined>
  /** Takes a member out of service before it is interrupted. Does from the start what an earlier, killed run may have half done. @throws Error whose message says why it must not be interrupted; `after` is called then, too. */
  before?(turn: Turn): Promise<void>
  /** Brings it back into service. It is owed, through killed runs and boots, from before `before` until it has succeeded. */
  after?(turn: Turn): Promise<void>
}

/** A mistake in the inventory that only a recipe can see (an even quorum, a duplicate id). */
export interface Mistake {
  /** JSON path, e.g. `hosts.zk-1.vars.zookeeper.id`. */
  readonly path: string
  readonly message: string
}

/** What a component needs on a host. `Attrs` are its variables: typed, defaulted, validated. */
export interface Recipe<Schema extends GenericSchema = GenericSchema> {
  readonly name: string
  /** The systemd unit that is the component: `status` says since when it runs. */
  readonly unit?: string
  /** A valibot object schema of the recipe's variables (`vars.NAME` in the inventory). */
  readonly attributes: Schema
  /** The resources of a host, in order. Pure. */
  resources(host: Host, cluster: Cluster, attrs: InferOutput<Schema>): readonly Resource[]
  /** Looks for mistakes across hosts, when the inventory is loaded. Pure. */
  check?(cluster: Cluster): readonly Mistake[]
  /** Differences that must not be applied; asked for each host that has steps, before anything changes anywhere. */
  refuse?(host: Host, cluster: Cluster, steps: readonly Step[], net: Net): Promise<readonly Refusal[]> | readonly Refusal[]
  /** Is it well? Asked before and after changes, and by `status`. Throws or answers not green; both count as red. */
  health?(host: InventoryHost, cluster: Cluster, net: Net): Promise<Health>
  readonly rolling?: Rolling
}

/** Which recipes a host gets. */
export interface Role {
  readonly name: string
  readonly recipes: readonly Recipe[]
  /** Names of the roles whose hosts come first. */
  readonly after: readonly string[]
}

/** Defines a recipe: gives `resources` its attributes' type. */
export function defineRecipe<Schema extends GenericSchema>(recipe: Recipe<Schema>): Recipe {
  return Object.freeze(recipe) as unknown as Recipe
}

/** Defines a role. */
export function defineRole(role: { readonly name: string; readonly recipes: readonly Recipe[]; readonly after?: readonly string[] }): Role {
  return Object.freeze({ after: [], ...role })
}
