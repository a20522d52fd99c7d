import type { InventoryHost } from './host.ts'
import type { Cluster, Recipe, Role } from './recipe.ts'

/** A host's recipes: those of its roles, in their order, each once. Skips unknown roles. */
export function recipesOf(host: Pick<InventoryHost, 'roles'>, roles: ReadonlyMap<string, Role>): readonly Recipe[] {
  return [
    ...new Map(
      host.roles.flatMap((name) => roles.get(name)?.recipes ?? []).map((recipe) => [recipe.name, recipe]),
    ).values(),
  ]
}

/**
 * The recipes that take a host out of service before it is interrupted, and bring it back; none if the host is to
 * leave.
 */
export const leaving = (host: InventoryHost, cluster: Cluster): readonly Recipe[] =>
  host.retire
    ? []
    : recipesOf(host, cluster.roles).filter(
        ({ rolling }) => rolling?.after !== undefined && rolling.drains?.(host, cluster) !== false,
      )

/** The hosts with a recipe that are to leave, by name. */
export const retiring = (
  { hosts, roles }: Pick<Cluster, 'hosts' | 'roles'>,
  recipe: string,
): readonly InventoryHost[] =>
  hosts
    .filter((host) => host.retire === true && recipesOf(host, roles).some(({ name }) => name === recipe))
    .sort((a, b) => (a.name < b.name ? -1 : 1))

/** Does a host run a recipe, or did it before it was to leave? Does not search the list of hosts. */
export const runs = (
  { host, roles }: Pick<Cluster, 'host' | 'roles'>,
  { name }: Pick<InventoryHost, 'name'>,
  recipe: string,
): boolean => recipesOf(host(name), roles).some((each) => each.name === recipe)
