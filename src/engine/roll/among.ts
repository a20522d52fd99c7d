import type { InventoryHost } from '../../model/host.ts'
import type { Cluster } from '../../model/recipe.ts'
import { recipesOf } from '../../model/recipes-of.ts'

/** What a cluster is in the middle of a way to other members. */
export interface Among {
  /** Hosts that do not exist yet. */
  readonly absent: ReadonlySet<string>
  /** Hosts that are to leave, and have not begun. */
  readonly staying: ReadonlySet<string>
  /** Variables by recipe that hold meanwhile, unless the inventory says them itself. */
  readonly vars: InventoryHost['vars']
}

const defined = (vars: Readonly<Record<string, unknown>> = {}): Readonly<Record<string, unknown>> =>
  Object.fromEntries(Object.entries(vars).filter(([, value]) => value !== undefined))

/** The cluster as it is meanwhile. Pure. */
export function during(cluster: Cluster, { absent, staying, vars }: Among): Cluster {
  const runsOn = (host: InventoryHost, recipe: string): boolean =>
    recipesOf(host, cluster.roles).some(({ name }) => name === recipe)
  const meanwhile = (host: InventoryHost): InventoryHost => {
    const more = Object.entries(vars)
      .filter(([recipe]) => runsOn(host, recipe))
      .map(([recipe, own]) => [recipe, { ...own, ...defined(host.vars[recipe]) }])
    const { retire, ...rest } = host
    const leaves = retire === true && !staying.has(host.name)
    return { ...rest, ...(leaves ? { retire } : {}), vars: { ...host.vars, ...Object.fromEntries(more) } }
  }
  const hosts = cluster.hosts.filter(({ name }) => !absent.has(name)).map(meanwhile)
  const byName = new Map(hosts.map((host) => [host.name, host]))
  const members = hosts.filter(({ retire }) => retire !== true).sort((a, b) => (a.name < b.name ? -1 : 1))
  return {
    ...cluster,
    hosts,
    withRecipe: (recipe) => members.filter((host) => runsOn(host, recipe)),
    withRole: (role) => members.filter(({ roles }) => roles.includes(role)),
    host: (name) => byName.get(name) ?? cluster.host(name),
  }
}
