import type { SshSettings } from '../transport/transport.ts'
import { balancerKey, type CloudHost } from './cloud.ts'
import type { Facts } from './facts.ts'

/** A host in the inventory: all that recipes may know about hosts other than their own. */
export interface InventoryHost {
  /** Unique and stable: lower-case letters, digits, dashes. */
  readonly name: string
  /** Where SSH goes: a name or an IP address; empty before the cloud has given it one. */
  readonly address: string
  /** Where the cluster's own traffic goes; the same as `address` unless the inventory says otherwise. */
  readonly privateAddress: string
  /** As written, in that order. */
  readonly roles: readonly string[]
  /**
   * Variables by recipe name, merged: recipe defaults < all < role (in the order of `roles`) < host. Values may be
   * {@link Secret}s.
   */
  readonly vars: Readonly<Record<string, Readonly<Record<string, unknown>>>>
  readonly ssh: SshSettings
  /** What its instance is to be, if it is launched in a cloud. */
  readonly cloud?: CloudHost
  /** Others launched its instance, and it was found there. */
  readonly discovered?: true
  /** The ids of its instance's further disks, in the order of `cloud.volumes`; empty text for one that is not there. */
  readonly volumes?: readonly string[]
  /** Its auto-scaling group waits until it is ready. */
  readonly awaited?: true
  /** The balancers that it is a target of, as was written down. */
  readonly attached?: readonly string[]
  /** Why it cannot be reached just now, where that is known without trying: it is not launched yet. */
  readonly absent?: string
  /** What to do where nobody, or somebody else, answers at its address, which was not written by hand. */
  readonly remedy?: string
  /** It is to leave the cluster: no recipe counts it among its hosts. */
  readonly retire?: true
}

/** A host as its own recipes see it. */
export interface Host extends InventoryHost {
  readonly facts: Facts
}

/** Is it to be a target of balancers that it is no target of, as far as is written down? */
export const isApart = ({ cloud, attached = [], retire }: InventoryHost): boolean =>
  retire !== true && (cloud?.balancers.some((balancer) => !attached.includes(balancerKey(balancer))) ?? false)
