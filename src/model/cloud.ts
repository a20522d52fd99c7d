import type { SshSettings } from '../transport/transport.ts'

/** The clouds that can be asked for hosts. */
export const CLOUDS = ['aws', 'sandbox'] as const

/** The name of a cloud. */
export type CloudName = (typeof CLOUDS)[number]

/** A further disk of an instance. */
export interface CloudVolume {
  readonly gb: number
  /** `gp3` unless said otherwise. */
  readonly type?: string
  readonly iops?: number
  /** MiB/s. */
  readonly throughput?: number
}

/** A load balancer: the ARN of a target group, or the name of a classic one. */
export type Balancer = string | { readonly classic: string }

/** A balancer as text, which is what is written down of it. */
export const balancerKey = (balancer: Balancer): string =>
  typeof balancer === 'string' ? balancer : `classic:${balancer.classic}`

/** The balancer that a text stands for. */
export const balancerOf = (key: string): Balancer =>
  key.startsWith('classic:') ? { classic: key.slice('classic:'.length) } : key

/** What an instance is to be, as far as one place of an inventory says. */
export interface InstanceSettings {
  /** `debian-12`, `debian-13`, `ubuntu-24.04`, or an id `ami-…`. */
  readonly image?: string
  /** The instance type: `t3.medium`. */
  readonly type?: string
  readonly rootGb?: number
  readonly volumes?: readonly CloudVolume[]
  /** Subnets to spread over. */
  readonly subnets?: readonly string[]
  readonly securityGroups?: readonly string[]
  readonly spot?: boolean
  readonly instanceProfile?: string
  /** How many hops the answers of the metadata service may go; 1 keeps it from containers. */
  readonly metadataHops?: number
  /** Which of its addresses SSH connects to. */
  readonly address?: 'private' | 'public'
  /** The file of the public key that may log in: relative to the inventory, or beginning with `/` or `~`. */
  readonly loginKey?: string
  /** What it is a target of while it is green. */
  readonly balancers?: readonly Balancer[]
}

/** Instances that others launched, which become hosts of a role: they are known by these. */
export interface Discovery {
  readonly role: string
  /** All roles of such a host, in order. */
  readonly roles: readonly string[]
  /** The auto-scaling group that they are members of. */
  readonly group?: string
  /** Tags that they have. */
  readonly tags: Readonly<Record<string, string>>
  /** What is known of such a host before there is one. */
  readonly host: { readonly cloud: CloudHost; readonly ssh: SshSettings }
}

/** Whose instances, and where. */
export interface CloudAccount {
  readonly provider: CloudName
  /** Tells this cluster's instances from all others of the account. */
  readonly cluster: string
  readonly region?: string
  readonly profile?: string
  /** Which instances of others are hosts. */
  readonly discover?: readonly Discovery[]
}

/** What the inventory wants of a host's instance: merged, with defaults. */
export interface CloudHost extends CloudAccount, InstanceSettings {
  readonly image: string
  readonly rootGb: number
  readonly volumes: readonly CloudVolume[]
  readonly subnets: readonly string[]
  readonly securityGroups: readonly string[]
  readonly spot: boolean
  readonly metadataHops: number
  readonly balancers: readonly Balancer[]
  readonly address: 'private' | 'public'
  /** The address that the inventory states: its instance must have that one. */
  readonly privateAddress?: string
}
