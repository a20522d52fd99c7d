import type { CloudAccount } from '../model/cloud.ts'
import type { InventoryHost } from '../model/host.ts'
import type { Cluster, Role } from '../model/recipe.ts'
import { recipesOf } from '../model/recipes-of.ts'

const byName = (a: { readonly name: string }, b: { readonly name: string }): number => (a.name < b.name ? -1 : 1)

/** Makes a cluster of hosts that have been checked; the roles determine each host's recipes. */
export function makeCluster(
  hosts: readonly InventoryHost[],
  roles: ReadonlyMap<string, Role>,
  cloud?: CloudAccount,
  leaving: readonly InventoryHost[] = [],
): Cluster {
  const known = new Map(hosts.map((host) => [host.name, host]))
  const sorted = [...hosts].sort(byName)
  const named = new Set(hosts.flatMap((host) => host.roles))
  // Any host's check may ask for any recipe's hosts, so cache them.
  const listed = new Map<string, InventoryHost[]>()
  for (const host of sorted.filter(({ retire }) => retire !== true))
    for (const name of new Set(recipesOf(host, roles).map((recipe) => recipe.name))) {
      const list = listed.get(name) ?? []
      listed.set(name, list)
      list.push(host)
    }
  return Object.freeze({
    hosts: Object.freeze([...hosts]),
    roles: new Map([...roles].filter(([name]) => named.has(name)).sort(([a], [b]) => (a < b ? -1 : 1))),
    ...(cloud ? { cloud } : {}),
    ...(leaving.length > 0 ? { leaving } : {}),
    withRecipe: (recipe: string) => listed.get(recipe) ?? [],
    withRole: (role: string) => sorted.filter((host) => host.retire !== true && host.roles.includes(role)),
    host(name: string): InventoryHost {
      const host = known.get(name)
      if (!host) throw new RangeError(`there is no host "${name}" in the inventory`)
      return host
    },
  })
}
