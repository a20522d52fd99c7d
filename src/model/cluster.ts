import type { SshSettings } from '../transport/transport.ts'
import type { Facts } from './facts.ts'
import type { Role } from './recipe.ts'

/** What the inventory says about a host: all that recipes may know of hosts other than their own. */
export interface InventoryHost {
  /** Unique and stable: lower-case letters, digits, dashes. */
  readonly name: string
  /** Where SSH goes: a name or an IP address. */
  readonly address: string
  /** Where the cluster's own traffic goes; the same as `address` unless the inventory says otherwise. */
  readonly privateAddress: string
  /** As written, in that order. */
  readonly roles: readonly string[]
  /** Variables by recipe name, merged: recipe defaults < all < role (in the order of `roles`) < host. Values may be {@link Secret}s. */
  readonly vars: Readonly<Record<string, Readonly<Record<string, unknown>>>>
  readonly ssh: SshSettings
}

/** A host as its own recipes see it. */
export interface Host extends InventoryHost {
  readonly facts: Facts
}

/** The parsed, validated inventory. */
export interface Cluster {
  readonly hosts: readonly InventoryHost[]
  /** The roles that the hosts name (and no others), by name. */
  readonly roles: ReadonlyMap<string, Role>
  /** Hosts that run the recipe (through any of their roles), by name. */
  withRecipe(recipe: string): readonly InventoryHost[]
  /** Hosts that have the role, by name. */
  withRole(role: string): readonly InventoryHost[]
  /** @throws RangeError where there is no such host. */
  host(name: string): InventoryHost
}
