import type { InventoryHost } from '../../model/host.ts'
import type { Cluster } from '../../model/recipe.ts'
import { recipesOf } from '../../model/recipes-of.ts'

/** What differs from the inventory in the middle of a membership change. */
export interface Among {
  /** Hosts that do not exist yet. */
  readonly absent: ReadonlySet<string>
  /** Hosts that are to leave and have not started to. */
  readonly staying: ReadonlySet<string>
  /** Variables by recipe that hold meanwhile, unless the inventory sets them itself. */
  readonly vars: InventoryHost['vars']
  /** Hosts that do not run a recipe yet, although their roles include it. */
  readonly without?: {
    readonly recipe: string
    readonly hosts: ReadonlySet<string>
    /** Variables of the recipe on all other hosts, overriding the inventory. */
    readonly vars: Readonly<Record<string, unknown>>
  }
}

const WITHOUT = ' without '

/** The same roles, plus a copy of each without a recipe. */
const rolesWithout = (roles: Cluster['roles'], recipe: string): Cluster['roles'] =>
  new Map(
    [...roles.values()].flatMap((role) => {
      const name = `${role.name}${WITHOUT}${recipe}`
      const less = { ...role, name, recipes: role.recipes.filter((each) => each.name !== recipe) }
      return [
        [role.name, role],
        [name, less],
      ] as const
    }),
  )

const defined = (vars: Readonly<Record<string, unknown>> = {}): Readonly<Record<string, unknown>> =>
  Object.fromEntries(Object.entries(vars).filter(([, value]) => value !== undefined))

/** The cluster during a membership change. Pure. */
export function during(cluster: Cluster, { absent, staying, vars, without }: Among): Cluster {
  const all = without === undefined ? cluster.roles : rolesWithout(cluster.roles, without.recipe)
  const runsOn = (host: InventoryHost, recipe: string): boolean =>
    recipesOf(host, all).some(({ name }) => name === recipe)
  const rolesOf = ({ name, roles }: InventoryHost): readonly string[] =>
    without?.hosts.has(name) === true ? roles.map((role) => `${role}${WITHOUT}${without.recipe}`) : roles
  const meanwhile = (host: InventoryHost): InventoryHost => {
    const more = Object.entries(vars)
      .filter(([recipe]) => runsOn(host, recipe))
      .map(([recipe, own]) => [recipe, { ...own, ...defined(host.vars[recipe]) }])
    const { retire, ...rest } = host
    const leaves = retire === true && !staying.has(host.name)
    const until = without === undefined ? {} : { [without.recipe]: { ...host.vars[without.recipe], ...without.vars } }
    const now = { roles: rolesOf(host), vars: { ...host.vars, ...Object.fromEntries(more), ...until } }
    return { ...rest, ...(leaves ? { retire } : {}), ...now }
  }
  const hosts = cluster.hosts.filter(({ name }) => !absent.has(name)).map(meanwhile)
  const byName = new Map(hosts.map((host) => [host.name, host]))
  const members = hosts.filter(({ retire }) => retire !== true).sort((a, b) => (a.name < b.name ? -1 : 1))
  return {
    ...cluster,
    roles: all,
    hosts,
    withRecipe: (recipe) => members.filter((host) => runsOn(host, recipe)),
    withRole: (role) => members.filter(({ roles }) => roles.includes(role)),
    host: (name) => byName.get(name) ?? cluster.host(name),
  }
}
