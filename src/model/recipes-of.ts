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

/** The recipes that take a host out of service before it is interrupted, and bring it back; none where it is to go. */
export const leaving = (host: InventoryHost, cluster: Cluster): readonly Recipe[] =>
  host.retire
    ? []
    : recipesOf(host, cluster.roles).filter(
        ({ rolling }) => rolling?.after !== undefined && rolling.drains?.(host, cluster) !== false,
      )

type Listed = Pick<Cluster, 'hosts' | 'roles'>

/** What was found of each cluster: the check of every host may ask, and each time all hosts would be gone through. */
const found = new WeakMap<Listed, Map<string, RecipeHosts>>()

interface RecipeHosts {
  readonly names: ReadonlySet<string>
  readonly leaving: readonly InventoryHost[]
}

function hostsWith(cluster: Listed, recipe: string): RecipeHosts {
  const known = found.get(cluster) ?? new Map<string, RecipeHosts>()
  found.set(cluster, known)
  const before = known.get(recipe)
  if (before !== undefined) return before
  const hosts = cluster.hosts.filter((host) => recipesOf(host, cluster.roles).some(({ name }) => name === recipe))
  const leaving = hosts.filter((host) => host.retire === true).sort((a, b) => (a.name < b.name ? -1 : 1))
  const fresh = { names: new Set(hosts.map(({ name }) => name)), leaving: Object.freeze(leaving) }
  known.set(recipe, fresh)
  return fresh
}

/** The hosts with a recipe that are to leave, by name. */
export const retiring = (cluster: Listed, recipe: string): readonly InventoryHost[] =>
  hostsWith(cluster, recipe).leaving

/** Whether a host runs a recipe, or did before it was to leave. */
export const runs = (cluster: Listed, { name }: Pick<InventoryHost, 'name'>, recipe: string): boolean =>
  hostsWith(cluster, recipe).names.has(name)
