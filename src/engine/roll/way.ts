import type { InventoryHost } from '../../model/host.ts'
import type { Step } from '../../model/plan.ts'
import type { Cluster, Membership, Recipe } from '../../model/recipe.ts'

/** A part of the way to the wanted members: a cluster in which those that come later do not exist yet. */
export interface Stage {
  /** `ZooKeeper 3 → 4 (zk-4 joins)` */
  readonly says: string
  readonly cluster: Cluster
  readonly hosts: readonly InventoryHost[]
}

/** How a quorum that runs comes to the wanted members. */
export interface Way {
  /** At least one; the last is what is wanted, with all hosts of the run. */
  readonly stages: readonly Stage[]
  /** Refusals that no stage deserves. */
  readonly waived: readonly string[]
}

interface Quorum {
  readonly recipe: Recipe
  readonly membership: Membership
  readonly wanted: readonly string[]
  readonly now: readonly string[]
}

/** The recipes of a cluster that say how members join. */
export const quorumsOf = ({ roles }: Pick<Cluster, 'roles'>): readonly Recipe[] => [
  ...new Map(
    [...roles.values()]
      .flatMap(({ recipes }) => recipes)
      .filter(({ membership }) => membership !== undefined)
      .map((recipe) => [recipe.name, recipe]),
  ).values(),
]

/** The cluster without some of its hosts, the others with more variables. */
function without(cluster: Cluster, gone: ReadonlySet<string>, more: InventoryHost['vars']): Cluster {
  const left = new Map<string, InventoryHost>()
  for (const host of cluster.hosts) {
    const vars = Object.entries(more)
      .filter(([recipe]) => cluster.withRecipe(recipe).some(({ name }) => name === host.name))
      .map(([recipe, own]) => [recipe, { ...own, ...defined(host.vars[recipe]) }])
    if (!gone.has(host.name)) left.set(host.name, { ...host, vars: { ...host.vars, ...Object.fromEntries(vars) } })
  }
  const those = (hosts: readonly InventoryHost[]) => hosts.flatMap(({ name }) => left.get(name) ?? [])
  return {
    ...cluster,
    hosts: those(cluster.hosts),
    withRecipe: (recipe) => those(cluster.withRecipe(recipe)),
    withRole: (role) => those(cluster.withRole(role)),
    host: (name) => left.get(name) ?? cluster.host(name),
  }
}

const defined = (vars: Readonly<Record<string, unknown>> = {}): Readonly<Record<string, unknown>> =>
  Object.fromEntries(Object.entries(vars).filter(([, value]) => value !== undefined))

/** The quorums that run, and of which it is known who their members are. */
const running = (cluster: Cluster, steps: ReadonlyMap<string, readonly Step[]>): readonly Quorum[] =>
  quorumsOf(cluster).flatMap((recipe) => {
    const now = recipe.membership?.now?.(cluster, steps) ?? []
    const wanted = cluster.withRecipe(recipe.name).map(({ name }) => name)
    return recipe.membership === undefined || now.length === 0
      ? []
      : [{ recipe, membership: recipe.membership, wanted, now }]
  })

/** What a stage does: which quorums grow by it. */
function joins(name: string, missing: ReadonlySet<string>, quorums: readonly Quorum[]): string {
  const grown = quorums.filter(({ wanted }) => wanted.includes(name))
  const sizes = grown.map(({ membership, wanted }) => {
    const before = wanted.filter((each) => !missing.has(each)).length
    return `${membership.title} ${before} → ${before + 1}`
  })
  return `${sizes.join(', ')} (${name} joins)`
}

/**
 * How members that are new join quorums that run, by what all their hosts say: first those that are members become
 * alike (another run may have been killed on its way), then one joins after the other. Undefined where none is new,
 * where the run leaves out one of them, or where nobody can say who is a member. Pure.
 */
export function wayOf(
  cluster: Cluster,
  hosts: readonly InventoryHost[],
  steps: ReadonlyMap<string, readonly Step[]>,
): Way | undefined {
  const quorums = running(cluster, steps)
  const there = new Set(quorums.flatMap(({ now }) => now))
  const wanted = new Set(quorums.flatMap((quorum) => quorum.wanted))
  const joining = [...wanted].filter((name) => !there.has(name)).sort()
  const chosen = new Set(hosts.map(({ name }) => name))
  if (joining.length === 0 || [...wanted].some((name) => !chosen.has(name))) return undefined
  const all = quorumsOf(cluster)
  const more = Object.fromEntries(all.map(({ name, membership }) => [name, membership?.meanwhile?.(cluster) ?? {}]))
  const stage = (missing: readonly string[], says: string): Stage => {
    const smaller = without(cluster, new Set(missing), more)
    return { says, cluster: smaller, hosts: smaller.hosts.filter(({ name }) => wanted.has(name)) }
  }
  const names = quorums.map(({ membership, now }) => `${membership.title} ${now.length}`).join(', ')
  const steadily = joining.map((name, i): Stage => {
    const says = joins(name, new Set(joining.slice(i)), quorums)
    return i === joining.length - 1 ? { says, cluster, hosts } : stage(joining.slice(i + 1), says)
  })
  return {
    stages: [stage(joining, `${names} (those that are members become alike)`), ...steadily],
    waived: all.flatMap(({ membership }) => membership?.refusals ?? []),
  }
}
