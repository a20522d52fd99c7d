import type { SshSettings } from '../transport/transport.ts'

/** The clouds that can launch hosts. */
export const CLOUDS = ['aws', 'sandbox'] as const

/** The name of a cloud. */
export type CloudName = (typeof CLOUDS)[number]

/** An additional disk of an instance. */
export interface CloudVolume {
  readonly gb: number
  /** Default `gp3`. */
  readonly type?: string
  readonly iops?: number
  /** MiB/s. */
  readonly throughput?: number
}

/** A load balancer: the ARN of a target group, or the name of a classic one. */
export type Balancer = string | { readonly classic: string }

/** A balancer as text, the form in which it is stored. */
export const balancerKey = (balancer: Balancer): string =>
  typeof balancer === 'string' ? balancer : `classic:${balancer.classic}`

/** Parses a balancer's stored form. */
export const balancerOf = (key: string): Balancer =>
  key.startsWith('classic:') ? { classic: key.slice('classic:'.length) } : key

/** Settings of an instance, as far as one place in an inventory gives them. */
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
  /** How many hops an answer of the metadata service may travel; 1 keeps it away from containers. */
  readonly metadataHops?: number
  /** Which of its addresses SSH connects to. */
  readonly address?: 'private' | 'public'
  /** The file with the public key that may log in: relative to the inventory, or starting with `/` or `~`. */
  readonly loginKey?: string
  /** The balancers that it is a target of while it is green. */
  readonly balancers?: readonly Balancer[]
}

/** Selects instances that others launched, which become hosts of a role. */
export interface Discovery {
  readonly role: string
  /** All roles of such a host, in order. */
  readonly roles: readonly string[]
  /** The auto-scaling group that they belong to. */
  readonly group?: string
  /** The tags that they have. */
  readonly tags: Readonly<Record<string, string>>
  /** The settings of such a host before it exists. */
  readonly host: { readonly cloud: CloudHost; readonly ssh: SshSettings }
}

/** The account and region that instances live in. */
export interface CloudAccount {
  readonly provider: CloudName
  /** Distinguishes this cluster's instances from all others of the account. */
  readonly cluster: string
  readonly region?: string
  readonly profile?: string
  /** Selects the instances of others that are hosts. */
  readonly discover?: readonly Discovery[]
}

/** The inventory's settings for a host's instance: merged, with defaults. */
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
  /** The address that the inventory states, which its instance must have. */
  readonly privateAddress?: string
}
