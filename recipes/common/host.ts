import type { InventoryHost } from '../../src/index.ts'

export { runs } from '../../src/index.ts'

/** A recipe's variables on a host; unvalidated if called from `check`. */
export const varsOf = <T>(host: InventoryHost, recipe: string): T => (host.vars[recipe] ?? {}) as T

/** JSON path of a variable of a host. */
export const pathOf = (host: InventoryHost, recipe: string, name: string): string =>
  `hosts.${host.name}.vars.${recipe}.${name}`
