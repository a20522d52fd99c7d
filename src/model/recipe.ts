import type { GenericSchema, InferOutput } from 'valibot'
import type { CloudAccount } from './cloud.ts'
import type { Health, Net } from './health.ts'
import type { Host, InventoryHost } from './host.ts'
import type { Listens } from './listens.ts'
import type { Step } from './plan.ts'
import type { Refusal, Resource } from './resource.ts'

/** A member of a quorum (or of a fleet that is rolled like one) whose turn it is. */
export interface Turn {
  readonly host: InventoryHost
  readonly cluster: Cluster
  readonly net: Net
  /** The same from another host: what is done here may depend on it. */
  netTo(host: InventoryHost): Net
  /** Names of refusals that are waived in this run. */
  readonly allow: ReadonlySet<string>
  /** Aborted: give up. */
  readonly signal: AbortSignal
  /** Tells what is done or waited for: "drains: 2 tasks left". */
  say(text: string): void
}

/** A member that is not in the inventory. */
export interface Stranger {
  /** Its name, or its address. */
  readonly name: string
  /** Who knows it, and how it is: "Consul knows it (alive)". */
  readonly says: string
  /** The inventory has it, with roles that make no such member of it. */
  readonly roles?: true
}

/** How members may be restarted. */
export interface Rolling {
  /** The units whose restart or stop interrupts the member, e.g. `zookeeper.service`. */
  readonly services: readonly string[]
  /** Seconds that a member may take to be green again; default 120. */
  readonly deadline?: number
  /**
   * Members that serve each by itself, not by a majority: how many of so many may be away at once, those that are red
   * anyway among them. Absent: a quorum, of which one may be.
   */
  unavailable?(members: number): number
  /**
   * What is under way just now that the interruption of a member would break: "the deployment of /rails-app". A turn
   * waits until there is nothing. Must not throw where nobody can say.
   */
  holds?(turn: Turn): Promise<string | undefined>
  /** Clients come through it: balancers in front of the host let go of it before it is interrupted. */
  readonly facesClients?: true
  /** Is there anything on this host that `before` takes out of service? Default: yes. Pure. */
  drains?(host: InventoryHost, cluster: Cluster): boolean
  /**
   * Takes a member out of service before it is interrupted. Does from the start what an earlier, killed run may have
   * half done. @throws Error whose message says why it must not be interrupted; `after` is called then, too.
   */
  before?(turn: Turn): Promise<void>
  /**
   * What a plan says of taking the member out of service: have the others room for its work? `together`: hosts that are
   * taken out in the same run.
   */
  foresees?(turn: Turn, together: readonly InventoryHost[]): Promise<readonly string[]>
  /**
   * Brings it back into service. It is owed, through killed runs and boots, from before `before` until it has
   * succeeded.
   */
  after?(turn: Turn): Promise<void>
}

/**
 * How a quorum that runs comes to have other members: the engine lets those that join do so one at a time, each gate
 * passed before the next.
 */
export interface Membership {
  /** What the members are called where they are counted: "ZooKeeper", "Consul servers". */
  readonly title: string
  /** The refusals of many members at once: a plan that has stages does not make them. */
  readonly refusals: readonly string[]
  /**
   * Which hosts are members by what lies on all of them, given what differs there from what is wanted; those that are
   * to leave are named as long as the others know them. Undefined where nobody can say. None: nothing runs, and all may
   * start at once. Pure.
   */
  now?(cluster: Cluster, steps: ReadonlyMap<string, readonly Step[]>): readonly string[] | undefined
  /**
   * What a member does before the others forget it: it hands over, or ends first. Its `cluster` is the one without it;
   * the member itself answers. Done again by the next run if this one is killed.
   */
  yields?(turn: Turn): Promise<void>
  /**
   * Variables of this recipe that hold for all hosts until the last has joined. Given the cluster of all, with those
   * that leave afterwards. Pure.
   */
  meanwhile?(cluster: Cluster): Readonly<Record<string, unknown>>
  /**
   * For a quorum that must not grow from one: all others join first without this recipe, then this quorum begins anew
   * with all of its members at once.
   */
  readonly anew?: Anew
}

/** How a quorum of one ends, so that all members can begin another. */
export interface Anew {
  /** The host that is alone, by what differs on all hosts from what is wanted. Pure. */
  alone(cluster: Cluster, steps: ReadonlyMap<string, readonly Step[]>): string | undefined
  /** Variables of the recipe that hold until then, whatever the inventory says. */
  readonly until: Readonly<Record<string, unknown>>
  /** Ends it there. Done again by the next run if this one is killed. */
  end(turn: Turn): Promise<void>
}

/** How a host leaves for good what a recipe makes it a part of. */
export interface Farewell {
  /** Why the others cannot do without it. Asked on the host, before anything is changed anywhere. */
  refuse?(turn: Omit<Turn, 'netTo'>): Promise<readonly Refusal[]>
  /** It is out of service, and its units are stopped next: it says goodbye to the others. */
  leave?(turn: Turn): Promise<void>
  /** The host does not answer any more, or has left: one that stays tells the others. Again, it changes nothing. */
  forget?(turn: Turn, gone: InventoryHost): Promise<void>
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
  /** The systemd unit that is the component: `status` says since when it runs. */
  readonly unit?: string
  /** A valibot object schema of the recipe's variables (`vars.NAME` in the inventory). */
  readonly attributes: Schema
  /** The resources of a host, in order. Pure. */
  resources(host: Host, cluster: Cluster, attrs: InferOutput<Schema>): readonly Resource[]
  /** Looks for mistakes across hosts, when the inventory is loaded. Pure. */
  check?(cluster: Cluster): readonly Mistake[]
  /**
   * Where it listens on a host. Two on the same port are a mistake in the inventory. Pure; variables may be missing.
   */
  listens?(host: InventoryHost, cluster: Cluster): readonly Listens[]
  /** Differences that must not be applied; asked for each host that has steps, before anything changes anywhere. */
  refuse?(
    host: Host,
    cluster: Cluster,
    steps: readonly Step[],
    net: Net,
  ): Promise<readonly Refusal[]> | readonly Refusal[]
  /** Is it well? Asked before and after changes, and by `status`. Throws or answers not green; both count as red. */
  health?(host: InventoryHost, cluster: Cluster, net: Net): Promise<Health>
  /**
   * Who is a member and not in the inventory, seen from a host that is well: one that was taken out without `retire`
   * is known to the others still. Asked by `status`, once a cluster.
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
  /** Names of the roles whose hosts come first. */
  readonly after: readonly string[]
}

/** The inventory after parsing and validation. */
export interface Cluster {
  readonly hosts: readonly InventoryHost[]
  /** The roles that the hosts name (and no others), by name. */
  readonly roles: ReadonlyMap<string, Role>
  /** The cloud that hosts are launched in. */
  readonly cloud?: CloudAccount
  /** What were hosts of auto-scaling groups, which have begun to end them. */
  readonly leaving?: readonly InventoryHost[]
  /** Hosts that run the recipe (through any of their roles), by name; not those that are to leave. */
  withRecipe(recipe: string): readonly InventoryHost[]
  /** Hosts that have the role, by name; not those that are to leave. */
  withRole(role: string): readonly InventoryHost[]
  /** @throws RangeError if there is no such host. */
  host(name: string): InventoryHost
}
