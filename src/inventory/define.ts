import type { SshSettings } from '../transport/transport.ts'

/** Variables by recipe. */
export type RecipeVars = Readonly<Record<string, Readonly<Record<string, unknown>>>>

/** A host as an inventory has it. */
export interface HostSettings {
  /** Where SSH connects: an IP address or a name (`~/.ssh/config` names work). */
  readonly address: string
  /** Where the cluster's own traffic goes; default: the address. */
  readonly privateAddress?: string | undefined
  /** The host's roles, in order. */
  readonly roles: readonly string[]
  /** Variables of this host, by recipe. They override all others. */
  readonly vars?: RecipeVars | undefined
  /** How to log in to this host. */
  readonly ssh?: SshSettings | undefined
}

/** An inventory, as `inventory.json` has it. */
export interface Inventory {
  readonly $schema?: string | undefined
  /** How to log in, unless a role or host says otherwise. */
  readonly ssh?: SshSettings | undefined
  /** Variables of all hosts, by recipe. */
  readonly vars?: RecipeVars | undefined
  /** Settings by role. Of several roles of a host, the later one wins. */
  readonly roles?:
    | Readonly<Record<string, { readonly vars?: RecipeVars | undefined; readonly ssh?: SshSettings | undefined }>>
    | undefined
  /** The hosts, by name: lower-case letters, digits, dashes. */
  readonly hosts: Readonly<Record<string, HostSettings>>
}

/** An inventory, or a function that finds it out when a command needs it. */
export type InventorySource = Inventory | (() => Inventory | Promise<Inventory>)

/** Gives an inventory that is written in TypeScript its type: `export default defineInventory({ hosts: { … } })`. */
export const defineInventory = <const T extends InventorySource>(inventory: T): T => inventory
