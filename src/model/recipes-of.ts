import type { InventoryHost } from './host.ts'
import type { Cluster, Recipe, Role } from './recipe.ts'

/** A host's recipes: those of its roles, in their order, each once. Unknown roles are skipped. */
export function recipesOf(host: Pick<InventoryHost, 'roles'>, roles: ReadonlyMap<string, Role>): readonly Recipe[] {
  return [
    ...new Map(
      host.roles.flatMap((name) => roles.get(name)?.recipes ?? []).map((recipe) => [recipe.name, recipe]),
    ).values(),
  ]
}

/** The recipes that take a host out of service before it is interrupted, and bring it back. */
export const leaving = (host: InventoryHost, cluster: Cluster): readonly Recipe[] =>
  recipesOf(host, cluster.roles).filter(
    ({ rolling }) => rolling?.after !== undefined && rolling.drains?.(host, cluster) !== false,
  )
