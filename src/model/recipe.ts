import type { GenericSchema, InferOutput } from 'valibot'
import type { CloudAccount } from './cloud.ts'
import type { Health, Net } from './health.ts'
import type { Host, InventoryHost } from './host.ts'
import type { Listens } from './listens.ts'
import type { Step } from './plan.ts'
import type { Refusal, Resource } from './resource.ts'

/** The turn of a member of a quorum (or of a fleet that is rolled like one). */
export interface Turn {
  readonly host: InventoryHost
  readonly cluster: Cluster
  readonly net: Net
  /** The same access from another host, because the outcome here may depend on it. */
  netTo(host: InventoryHost): Net
  /** Names of refusals that are waived in this run. */
  readonly allow: ReadonlySet<string>
  /** When aborted: give up. */
  readonly signal: AbortSignal
  /** Reports what the turn waits for, as a phrase that follows "waits for": "2 tasks to end". */
  say(what: string): void
}

/** A member that is not in the inventory. */
export interface Stranger {
  /** Its name, or its address. */
  readonly name: string
  /** Who knows it, and its state: "Consul knows it (alive)". */
  readonly says: string
  /** The inventory has the host, but its roles do not make it a member. */
  readonly roles?: true
}

/** How members may be restarted. */
export interface Rolling {
  /** The units whose restart or stop interrupts the member, e.g. `zookeeper.service`. */
  readonly services: readonly string[]
  /** Seconds that a member may take to become green again; default 120. */
  readonly deadline?: number
  /**
   * For members that each serve on their own, not by a majority: how many of so many may be away at once, including
   * those that are red anyway. Absent: a quorum, of which one may be away.
   */
  unavailable?(members: number): number
  /**
   * The activity that interrupting a member would break: "the deployment of /rails-app". A turn waits until there is
   * none. Must not throw if the answer is unknown.
   */
  holds?(turn: Turn): Promise<string | undefined>
  /** Clients connect through it: balancers in front of the host drain it before it is interrupted. */
  readonly facesClients?: true
  /** Is there anything on this host that `before` takes out of service? Default: yes. Pure. */
  drains?(host: InventoryHost, cluster: Cluster): boolean
  /**
   * Takes a member out of service before it is interrupted. Starts over if an earlier run was killed midway.
   * @throws Error whose message says why the member must not be interrupted; `after` is then called, too.
   */
  before?(turn: Turn): Promise<void>
  /**
   * What a plan says about taking the member out of service: do the others have room for its work? `together`: the
   * hosts that the same run takes out.
   */
  foresees?(turn: Turn, together: readonly InventoryHost[]): Promise<readonly string[]>
  /**
   * Brings it back into service. The host owes this, through killed runs and reboots, from before `before` until it has
   * succeeded.
   */
  after?(turn: Turn): Promise<void>
}

/**
 * How the membership of a running quorum changes: the engine lets new members join one at a time, and passes each gate
 * before the next.
 */
export interface Membership {
  /** What to call the members when counting them: "ZooKeeper", "Consul servers". */
  readonly title: string
  /** Refusals about several members at once, which a plan in stages does not raise. */
  readonly refusals: readonly string[]
  /**
   * Which hosts are members according to all of them, given what differs there from the wanted state; members that are
   * to leave are listed as long as the others know them. Undefined if unknown. Empty: none runs, and all may start at
   * once. Pure.
   */
  now?(cluster: Cluster, steps: ReadonlyMap<string, readonly Step[]>): readonly string[] | undefined
  /**
   * What a member does before the others forget it: it hands over, or ends first. `cluster` is the one without it; the
   * member itself still answers. The next run repeats this if this one is killed.
   */
  yields?(turn: Turn): Promise<void>
  /**
   * Variables of this recipe that apply to all hosts until the last one has joined. Receives the cluster of all hosts,
   * including those that leave afterwards. Pure.
   */
  meanwhile?(cluster: Cluster): Readonly<Record<string, unknown>>
  /**
   * For a quorum that must not grow from one member: all others join first without this recipe, then the quorum starts
   * over with all of its members at once.
   */
  readonly anew?: Anew
}

/** How a quorum of one ends, so that all members can start a new one. */
export interface Anew {
  /** The host that is alone, given what differs on all hosts from the wanted state. Pure. */
  alone(cluster: Cluster, steps: ReadonlyMap<string, readonly Step[]>): string | undefined
  /** Variables of the recipe that apply until then, overriding the inventory. */
  readonly until: Readonly<Record<string, unknown>>
  /** Ends the quorum there. The next run repeats this if this one is killed. */
  end(turn: Turn): Promise<void>
}

/** How a host leaves for good the group that a recipe makes it a part of. */
export interface Farewell {
  /** Why the others cannot do without it. Asked on the host, before anything changes on any host. */
  refuse?(turn: Omit<Turn, 'netTo'>): Promise<readonly Refusal[]>
  /** Says goodbye to the others. The host is out of service by now, and its units are stopped next. */
  leave?(turn: Turn): Promise<void>
  /** Makes a remaining host tell the others that a host has left or no longer answers. Repeating it changes nothing. */
  forget?(turn: Turn, gone: InventoryHost): Promise<void>
  /**
   * Called before a host's first step: if its steps set up another machine under its name, makes the others forget the
   * one that had the name. Repeating it changes nothing.
   */
  replaces?(turn: Turn, steps: readonly Step[]): Promise<void>
}

/** A mistake in the inventory that only a recipe can see (an even quorum, a duplicate id). */
export interface Mistake {
  /** JSON path, e.g. `hosts.zk-1.vars.zookeeper.id`. */
  readonly path: string
  readonly message: string
}

/** What a component needs on a host. `Attrs` are its variables: typed, validated, with defaults. */
export interface Recipe<Schema extends GenericSchema = GenericSchema> {
  readonly name: string
  /** The component's systemd unit: `status` shows how long it has been running. */
  readonly unit?: string
  /** Names of its `timer`s: `status` is red while the last run of one has failed. */
  readonly timers?: readonly string[]
  /** A valibot object schema of the recipe's variables (`vars.NAME` in the inventory). */
  readonly attributes: Schema
  /** The resources of a host, in order. Pure. */
  resources(host: Host, cluster: Cluster, attrs: InferOutput<Schema>): readonly Resource[]
  /** Looks for mistakes across hosts, when the inventory is loaded. Pure. */
  check?(cluster: Cluster): readonly Mistake[]
  /**
   * Where it listens on a host. Two listeners on the same port are a mistake in the inventory. Pure; variables may be
   * missing.
   */
  listens?(host: InventoryHost, cluster: Cluster): readonly Listens[]
  /** Differences that must not be applied; asked for each host that has steps, before anything changes on any host. */
  refuse?(
    host: Host,
    cluster: Cluster,
    steps: readonly Step[],
    net: Net,
  ): Promise<readonly Refusal[]> | readonly Refusal[]
  /** Is it healthy? Asked before and after changes, and by `status`. May throw or return red; both count as red. */
  health?(host: InventoryHost, cluster: Cluster, net: Net): Promise<Health>
  /**
   * Members that are not in the inventory, as a healthy host sees them: the others still know a host that was removed
   * without `retire`. Asked by `status`, once per cluster.
   */
  strangers?(host: InventoryHost, cluster: Cluster, net: Net): Promise<readonly Stranger[]>
  readonly rolling?: Rolling
  readonly membership?: Membership
  readonly farewell?: Farewell
}

/** The recipes of a kind of host. */
export interface Role {
  readonly name: string
  readonly recipes: readonly Recipe[]
  /** Names of the roles whose hosts are applied first. */
  readonly after: readonly string[]
}

/** The inventory after parsing and validation. */
export interface Cluster {
  readonly hosts: readonly InventoryHost[]
  /** The roles that the hosts name (and no others), by name. */
  readonly roles: ReadonlyMap<string, Role>
  /** The cloud that launches the hosts. */
  readonly cloud?: CloudAccount
  /** Former hosts of auto-scaling groups, which have started to end them. */
  readonly leaving?: readonly InventoryHost[]
  /** Hosts that run the recipe (through any of their roles), by name; not those that are to leave. */
  withRecipe(recipe: string): readonly InventoryHost[]
  /** Hosts that have the role, by name; not those that are to leave. */
  withRole(role: string): readonly InventoryHost[]
  /** @throws RangeError if there is no such host. */
  host(name: string): InventoryHost
}
