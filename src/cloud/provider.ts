import { UserError } from '../lib/user-error.ts'
import type { Balancer, CloudAccount, CloudHost, CloudName, Discovery } from '../model/cloud.ts'
import type { SshSettings } from '../transport/transport.ts'
import type { Groups } from './others/groups.ts'

/** The names of our tags, on instances and their disks. */
export const TAG = {
  cluster: 'provision:cluster',
  host: 'provision:host',
  generation: 'provision:generation',
  hostKey: 'provision:host-key',
  /** The quorums of its host. */
  quorum: 'provision:quorum',
  /** The roles that its host had when it was launched. */
  roles: 'provision:roles',
} as const

/** A network for instances. */
export interface Place {
  readonly subnet: string
  /** The failure domain; absent if unknown. */
  readonly zone?: string
  /** `10.0.1.0/24`. */
  readonly cidr: string
  /** What it is a part of, if balancers are parts of it, too: the id of a VPC. */
  readonly network?: string
}

/** An order for one instance. It is idempotent: sent again, it still makes one instance. */
export interface Order {
  readonly host: string
  /** The number of the host's instance, from 1. */
  readonly generation: number
  /** Two orders with the same token make one instance. */
  readonly token: string
  readonly subnet: string
  /** The cloud's id of the image. */
  readonly image: string
  readonly privateAddress?: string
  readonly settings: CloudHost
  readonly userData: string
  readonly tags: Readonly<Record<string, string>>
  /** Protect the instance from termination. */
  readonly protect: boolean
}

/** An instance, as the cloud describes it. An instance that is `ending` or `ended` never comes back. */
export interface Instance {
  readonly id: string
  readonly state: 'pending' | 'running' | 'stopping' | 'stopped' | 'ending' | 'ended'
  /** The reason for its state, in the cloud's own words. */
  readonly reason?: string
  readonly tags: Readonly<Record<string, string>>
  /** When it was launched, in milliseconds since 1970. */
  readonly launched?: number
  readonly zone?: string
  readonly privateAddress?: string
  readonly publicAddress?: string
  /** The ids of its additional disks, in the order of its settings; an empty string for a missing disk. */
  readonly volumes?: readonly string[]
}

/** The settings of a balancer that matter to its targets. */
export interface BalancerSeen {
  /** Its name for people. */
  readonly name: string
  /** The network whose hosts it takes; absent if it takes all. */
  readonly network?: string
  /** Its health check. */
  readonly check: {
    readonly protocol: string
    readonly path?: string
    readonly port: number
    /** The status codes that count as healthy: "200-299". */
    readonly codes?: string
    /** Seconds between two checks. */
    readonly seconds?: number
    /** Seconds that it waits for an answer. */
    readonly patience?: number
    /** After how many consecutive failures it stops sending. */
    readonly failures?: number
  }
  /** For how many seconds a deregistered target may finish its requests. */
  readonly drainSeconds: number
  /** After how many seconds it closes an idle connection. */
  readonly idleSeconds?: number
  /**
   * Do its connections begin with the PROXY protocol, its health checks among them, and do they come from the clients'
   * addresses? Absent if it cannot speak it.
   */
  readonly proxy?: { readonly on: boolean; readonly fromClients: boolean }
}

/** A target's state in a balancer. `unused`: the balancer knows it and sends nothing. */
export interface TargetState {
  readonly state: 'initial' | 'healthy' | 'unhealthy' | 'draining' | 'unused'
  /** The reason, in the cloud's own words. */
  readonly reason?: string
}

/** A cloud's load balancers. */
export interface Balancers {
  look(balancer: Balancer): Promise<BalancerSeen>
  /** Attaches an instance; does nothing if it is attached already. */
  attach(balancer: Balancer, instance: Instance): Promise<void>
  /** Begins to detach an instance, which is done when `targets` no longer has it. */
  detach(balancer: Balancer, instance: Instance): Promise<void>
  /** Its targets by instance id. */
  targets(balancer: Balancer, instances: readonly Instance[]): Promise<ReadonlyMap<string, TargetState>>
}

/** The owner of the instances that a cloud shows: the account and the region. */
export interface Owner {
  readonly account: string
  readonly region: string
}

/** A cloud, opened for one cluster's instances. Known errors are {@link CloudError}s. */
export interface Provider {
  readonly name: CloudName
  /** The owner and the place, for people: "EC2 in eu-west-1, account 123456789012". */
  whose(): Promise<string>
  /** The owner, if different logins see different instances; undefined if that is unknown. */
  owner?(): Promise<Owner | undefined>
  /** The cloud's current id for an instance's image; it may change from day to day. */
  image(settings: CloudHost): Promise<string>
  /** The networks with these names; all of them if none is named. */
  places(subnets: readonly string[]): Promise<readonly Place[]>
  /** What is wrong with orders, as far as the cloud can tell before it makes anything. */
  check(orders: readonly Order[]): Promise<readonly string[]>
  /** All instances with the cluster's tag, including recently terminated ones. */
  describe(): Promise<readonly Instance[]>
  /** Instances in the group that have all of the tags, whoever launched them; absent if the cloud has no such query. */
  discover?(wanted: Pick<Discovery, 'group' | 'tags'>): Promise<readonly Instance[]>
  create(order: Order): Promise<Instance>
  tag(id: string, tags: Readonly<Record<string, string>>): Promise<void>
  start(id: string): Promise<void>
  stop(id: string): Promise<void>
  /** Terminates it, even if it is protected. */
  end(id: string): Promise<void>
  /** The last lines of its console, or those of its boot, if the cloud has them. */
  console(id: string, of?: 'boot'): Promise<readonly string[]>
  /** Its load balancers; absent if it has none. */
  readonly balancers?: Balancers
  /** Its auto-scaling groups; absent if it has none. */
  readonly groups?: Groups
  /** How to log in, if the cloud puts its own key on every instance. */
  readonly login?: SshSettings
}

/** The parameters for opening a provider. */
export interface Opening {
  readonly account: CloudAccount
  readonly env: Readonly<Record<string, string | undefined>>
  /** Reports slow work on this machine. */
  progress(text: string): void
}

/** The kinds of failure. */
export type CloudFailure =
  | 'permission'
  | 'quota'
  | 'capacity'
  | 'credentials'
  | 'region'
  | 'clock'
  | 'throttled'
  | 'gone'
  | 'token'
  | 'unreachable'
  | 'refused'

/** A cloud refused, or did not answer. `message` is one sentence that says what to do. */
export class CloudError extends UserError {
  override readonly name = 'CloudError'
  readonly failure: CloudFailure
  constructor(failure: CloudFailure, message: string, options: ErrorOptions = {}) {
    super(message, options)
    this.failure = failure
  }
}

/** Is the instance up or starting? */
export const isLive = ({ state }: Instance): boolean => state !== 'ending' && state !== 'ended'
