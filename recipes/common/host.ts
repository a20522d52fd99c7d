import { type Cluster, type InventoryHost, retiring } from '../../src/index.ts'

/** Whether a host runs a recipe, or did before it was to leave. */
export const runs = (cluster: Cluster, { name }: Pick<InventoryHost, 'name'>, recipe: string): boolean =>
  [...cluster.withRecipe(recipe), ...retiring(cluster, recipe)].some((host) => host.name === name)

/** What the inventory says of a recipe on a host; unvalidated if it is asked for in `check`. */
export const varsOf = <T>(host: InventoryHost, recipe: string): T => (host.vars[recipe] ?? {}) as T

/** JSON path of a variable of a host. */
export const pathOf = (host: InventoryHost, recipe: string, name: string): string =>
  `hosts.${host.name}.vars.${recipe}.${name}`
