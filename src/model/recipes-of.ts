import type { InventoryHost } from './host.ts'
import type { Recipe, Role } from './recipe.ts'

/** A host's recipes: those of its roles, in their order, each once. Unknown roles are skipped. */
export function recipesOf(host: Pick<InventoryHost, 'roles'>, roles: ReadonlyMap<string, Role>): readonly Recipe[] {
  return [
    ...new Map(
      host.roles.flatMap((name) => roles.get(name)?.recipes ?? []).map((recipe) => [recipe.name, recipe]),
    ).values(),
  ]
}
