import type { SshSettings } from '../transport/transport.ts'
import { balancerKey, type CloudHost } from './cloud.ts'
import type { Facts } from './facts.ts'

/** A host in the inventory: everything that recipes may know about other hosts. */
export interface InventoryHost {
  /** Unique and stable: lower-case letters, digits, dashes. */
  readonly name: string
  /** Where SSH connects to: a name or an IP address; empty until the cloud has assigned one. */
  readonly address: string
  /** Where the cluster's own traffic goes; defaults to `address`. */
  readonly privateAddress: string
  /** In the order in which the inventory lists them. */
  readonly roles: readonly string[]
  /**
   * Variables by recipe name, merged: recipe defaults < all < role (in the order of `roles`) < host. Values may be
   * {@link Secret}s.
   */
  readonly vars: Readonly<Record<string, Readonly<Record<string, unknown>>>>
  readonly ssh: SshSettings
  /** The settings of its instance, if it is launched in a cloud. */
  readonly cloud?: CloudHost
  /** Others launched its instance, and discovery found it. */
  readonly discovered?: true
  /** The ids of its instance's additional disks, in the order of `cloud.volumes`; empty text for a missing one. */
  readonly volumes?: readonly string[]
  /** Its auto-scaling group waits until it is ready. */
  readonly awaited?: true
  /** The balancers that it is a target of, according to the ledger. */
  readonly attached?: readonly string[]
  /** Why it cannot be reached now, if that is known without trying: it is not launched yet. */
  readonly absent?: string
  /**
   * What to do if its address does not answer, or another host does; set for an address that was not written by hand.
   */
  readonly remedy?: string
  /** It is to leave the cluster: no recipe counts it among its hosts. */
  readonly retire?: true
}

/** A host as its own recipes see it. */
export interface Host extends InventoryHost {
  readonly facts: Facts
}

/** Has it been a target of its balancers? A host that never was has not been configured yet. */
export const wasTarget = ({ cloud, attached }: InventoryHost): boolean =>
  attached !== undefined && (attached.length > 0 || (cloud?.balancers.length ?? 0) > 0)

/** Should the host be a target of balancers that, according to the ledger, it is not a target of? */
export const isApart = ({ cloud, attached = [], retire }: InventoryHost): boolean =>
  retire !== true && (cloud?.balancers.some((balancer) => !attached.includes(balancerKey(balancer))) ?? false)
