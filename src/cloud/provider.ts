import { UserError } from '../lib/user-error.ts'
import type { Balancer, CloudAccount, CloudHost, CloudName, Discovery } from '../model/cloud.ts'
import type { SshSettings } from '../transport/transport.ts'
import type { Groups } from './others/groups.ts'

/** What tags of ours are called, on instances and their disks. */
export const TAG = {
  cluster: 'provision:cluster',
  host: 'provision:host',
  generation: 'provision:generation',
  hostKey: 'provision:host-key',
  /** The quorums that its host is a member of. */
  quorum: 'provision:quorum',
  /** The roles that its host had when it was launched. */
  roles: 'provision:roles',
} as const

/** A network that instances can be put into. */
export interface Place {
  readonly subnet: string
  /** What fails together; absent where nothing is known of that. */
  readonly zone?: string
  /** `10.0.1.0/24`. */
  readonly cidr: string
}

/** One instance, as it is ordered. The same order may be sent again and again: it makes one instance. */
export interface Order {
  readonly host: string
  /** How manieth instance of the host it is, from 1. */
  readonly generation: number
  /** Two orders with the same token are one. */
  readonly token: string
  readonly subnet: string
  /** What the cloud calls the image. */
  readonly image: string
  readonly privateAddress?: string
  readonly settings: CloudHost
  readonly userData: string
  readonly tags: Readonly<Record<string, string>>
  /** Cannot be ended before that is lifted. */
  readonly protect: boolean
}

/** An instance, as the cloud tells. `ending` and `ended` do not come back. */
export interface Instance {
  readonly id: string
  readonly state: 'pending' | 'running' | 'stopping' | 'stopped' | 'ending' | 'ended'
  /** Why it is in this state, in the cloud's own words. */
  readonly reason?: string
  readonly tags: Readonly<Record<string, string>>
  /** When it was launched, in milliseconds since 1970. */
  readonly launched?: number
  readonly zone?: string
  readonly privateAddress?: string
  readonly publicAddress?: string
  /** The ids of its further disks, in the order of its settings; empty text for one that is not there. */
  readonly volumes?: readonly string[]
}

/** How a balancer is set up, as far as it matters to its targets. */
export interface BalancerSeen {
  /** What people call it. */
  readonly name: string
  /** How it asks whether a target is well. */
  readonly check: {
    readonly protocol: string
    readonly path?: string
    readonly port: number
    /** The codes of answers that it takes for healthy: "200-299". */
    readonly codes?: string
    /** Between two checks. */
    readonly seconds?: number
    /** For which it waits for an answer. */
    readonly patience?: number
    /** In a row, after which it sends nothing more. */
    readonly failures?: number
  }
  /** Seconds for which a target that leaves may end what it has begun. */
  readonly drainSeconds: number
  /** Seconds after which it closes a connection on which nothing happens. */
  readonly idleSeconds?: number
}

/** How a balancer sees a target. `unused`: it is known and gets nothing. */
export interface TargetState {
  readonly state: 'initial' | 'healthy' | 'unhealthy' | 'draining' | 'unused'
  /** Why, in the cloud's own words. */
  readonly reason?: string
}

/** The load balancers of a cloud. */
export interface Balancers {
  look(balancer: Balancer): Promise<BalancerSeen>
  /** Does nothing to one that is attached already. */
  attach(balancer: Balancer, instance: Instance): Promise<void>
  /** Begins; it is over when `targets` no longer has the instance. */
  detach(balancer: Balancer, instance: Instance): Promise<void>
  /** Its targets by the ids of their instances. */
  targets(balancer: Balancer, instances: readonly Instance[]): Promise<ReadonlyMap<string, TargetState>>
}

/** Whose instances a cloud shows: what no other account, or region of it, has in common with it. */
export interface Owner {
  readonly account: string
  readonly region: string
}

/** A cloud, opened for the instances of one cluster. Errors that it has words for are {@link CloudError}s. */
export interface Provider {
  readonly name: CloudName
  /** Whose it is, and where, for people: "EC2 in eu-west-1, account 123456789012". */
  whose(): Promise<string>
  /** Whose it is, where one login or another may see other instances; undefined where that cannot be told. */
  owner?(): Promise<Owner | undefined>
  /** What the cloud calls the image of an instance now; another day it may be a newer one. */
  image(settings: CloudHost): Promise<string>
  /** Which networks there are of these names; all, where none is named. */
  places(subnets: readonly string[]): Promise<readonly Place[]>
  /** What is wrong with orders, as far as the cloud can tell before anything is made. */
  check(orders: readonly Order[]): Promise<readonly string[]>
  /** All instances with the cluster's tag, also those that ended lately. */
  describe(): Promise<readonly Instance[]>
  /** Instances of the group with all of the tags, whoever launched them; absent where all are launched here. */
  discover?(wanted: Pick<Discovery, 'group' | 'tags'>): Promise<readonly Instance[]>
  create(order: Order): Promise<Instance>
  tag(id: string, tags: Readonly<Record<string, string>>): Promise<void>
  start(id: string): Promise<void>
  stop(id: string): Promise<void>
  /** Ends it, also where it is protected. */
  end(id: string): Promise<void>
  /** The lines of its console, if the cloud has them: the last ones, or those that were kept of its boot. */
  console(id: string, of?: 'boot'): Promise<readonly string[]>
  /** Its load balancers; absent where it has none. */
  readonly balancers?: Balancers
  /** Its auto-scaling groups; absent where it has none. */
  readonly groups?: Groups
  /** How to log in where the cloud puts a key of its own on every instance. */
  readonly login?: SshSettings
}

/** What a provider is opened with. */
export interface Opening {
  readonly account: CloudAccount
  readonly env: Readonly<Record<string, string | undefined>>
  /** Told what takes long on this machine. */
  progress(text: string): void
}

/** Why a cloud said no. */
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

/** A cloud said no, or nothing. `message` is one sentence that says what to do. */
export class CloudError extends UserError {
  override readonly name = 'CloudError'
  readonly failure: CloudFailure
  constructor(failure: CloudFailure, message: string, options: ErrorOptions = {}) {
    super(message, options)
    this.failure = failure
  }
}

/** Is it one that is there, or comes up? */
export const isLive = ({ state }: Instance): boolean => state !== 'ending' && state !== 'ended'
