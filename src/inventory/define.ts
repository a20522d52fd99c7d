import type { CloudAccount, CloudName, InstanceSettings } from '../model/cloud.ts'
import type { SshSettings } from '../transport/transport.ts'

/** Variables by recipe. */
export type RecipeVars = Readonly<Record<string, Readonly<Record<string, unknown>>>>

interface AnyHost {
  /** Where the cluster's own traffic goes; default: the address. */
  readonly privateAddress?: string | undefined
  /** The host's roles, in order. */
  readonly roles: readonly string[]
  /** Variables of this host, by recipe. They override all others. */
  readonly vars?: RecipeVars | undefined
  /** How to log in to this host. */
  readonly ssh?: SshSettings | undefined
  /** `true`: the host is drained and leaves the cluster. Afterwards it may be taken out of the inventory. */
  readonly retire?: boolean | undefined
}

/** A host that is there. */
export interface FoundHost extends AnyHost {
  /** Where SSH connects: an IP address or a name (`~/.ssh/config` names work). */
  readonly address: string
  readonly cloud?: false | undefined
}

/** A host that is launched in a cloud. */
export interface LaunchedHost extends AnyHost {
  /** Where SSH connects; default: where the cloud has put it. */
  readonly address?: string | undefined
  /** What its instance has of its own. */
  readonly cloud: true | InstanceSettings
}

/** A host as an inventory has it. */
export type HostSettings = FoundHost | LaunchedHost

/** A cloud, as an inventory has it: whose, and what all instances have in common. */
export type CloudSettings = Omit<CloudAccount, 'provider'> & InstanceSettings

/** What an inventory says of a role. */
export interface RoleSettings {
  readonly vars?: RecipeVars | undefined
  readonly ssh?: SshSettings | undefined
  readonly cloud?: InstanceSettings | undefined
}

/** An inventory, as `inventory.json` has it. */
export interface Inventory {
  readonly $schema?: string | undefined
  /** How to log in, unless a role or host says otherwise. */
  readonly ssh?: SshSettings | undefined
  /** Variables of all hosts, by recipe. */
  readonly vars?: RecipeVars | undefined
  /** Settings by role. Of several roles of a host, the later one wins. */
  readonly roles?: Readonly<Record<string, RoleSettings>> | undefined
  /** The cloud that hosts are launched in. */
  readonly cloud?: { readonly [Name in CloudName]?: CloudSettings } | undefined
  /** The hosts, by name: lower-case letters, digits, dashes; `slave-1..6` is six hosts. */
  readonly hosts: Readonly<Record<string, HostSettings>>
}

/** An inventory, or a function that finds it out when a command needs it. */
export type InventorySource = Inventory | (() => Inventory | Promise<Inventory>)

/** Gives an inventory that is written in TypeScript its type: `export default defineInventory({ hosts: { … } })`. */
export const defineInventory = <const T extends InventorySource>(inventory: T): T => inventory
