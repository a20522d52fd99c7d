import type { CloudAccount, CloudName, InstanceSettings } from '../model/cloud.ts'
import type { SshSettings } from '../transport/transport.ts'

/** Variables by recipe. */
export type RecipeVars = Readonly<Record<string, Readonly<Record<string, unknown>>>>

interface AnyHost {
  /** The address for the cluster's own traffic; default: `address`. */
  readonly privateAddress?: string | undefined
  /** The host's roles, in order. */
  readonly roles: readonly string[]
  /** Variables of this host, by recipe. They override all others. */
  readonly vars?: RecipeVars | undefined
  /** How to log in to this host. */
  readonly ssh?: SshSettings | undefined
  /** `true`: the host is drained and leaves the cluster. Afterwards it may be removed from the inventory. */
  readonly retire?: boolean | undefined
}

/** An existing host. */
export interface FoundHost extends AnyHost {
  /** Where SSH connects: an IP address or a name (names from `~/.ssh/config` work). */
  readonly address: string
  readonly cloud?: false | undefined
}

/** A host that is launched in a cloud. */
export interface LaunchedHost extends AnyHost {
  /** Where SSH connects; default: the address that the cloud assigns. */
  readonly address?: string | undefined
  /** The instance's own settings. */
  readonly cloud: true | InstanceSettings
}

/** A host's entry in an inventory. */
export type HostSettings = FoundHost | LaunchedHost

/** A cloud's entry in an inventory: its account, and the settings of all instances. */
export type CloudSettings = Omit<CloudAccount, 'provider'> & InstanceSettings

/** A role's entry in an inventory. */
export interface RoleSettings {
  readonly vars?: RecipeVars | undefined
  readonly ssh?: SshSettings | undefined
  readonly cloud?: InstanceSettings | undefined
}

/** The content of an inventory such as `inventory.json`. */
export interface Inventory {
  readonly $schema?: string | undefined
  /** How to log in, unless a role or host overrides it. */
  readonly ssh?: SshSettings | undefined
  /** Variables of all hosts, by recipe. */
  readonly vars?: RecipeVars | undefined
  /** Settings by role. If a host has several roles, the later one wins. */
  readonly roles?: Readonly<Record<string, RoleSettings>> | undefined
  /** The cloud of hosts that provision launches. */
  readonly cloud?: { readonly [Name in CloudName]?: CloudSettings } | undefined
  /** The hosts, by name: lower-case letters, digits, dashes; `slave-1..6` is six hosts. */
  readonly hosts: Readonly<Record<string, HostSettings>>
}

/** An inventory, or a function that computes it when a command needs it. */
export type InventorySource = Inventory | (() => Inventory | Promise<Inventory>)

/** Types an inventory that is written in TypeScript: `export default defineInventory({ hosts: { … } })`. */
export const defineInventory = <const T extends InventorySource>(inventory: T): T => inventory
