import type { InventoryHost } from '../../model/host.ts'
import type { Step } from '../../model/plan.ts'
import type { Cluster, Membership, Recipe } from '../../model/recipe.ts'
import { retiring } from '../../model/recipes-of.ts'
import { type Among, during } from './among.ts'

/** A part of the way to the wanted members: a cluster in which others do not exist yet, or have not left yet. */
export interface Stage {
  /** `ZooKeeper 3 → 4 (zk-4 joins)` */
  readonly says: string
  readonly cluster: Cluster
  readonly hosts: readonly InventoryHost[]
  /** Who leaves in it. */
  readonly leaves?: InventoryHost
}

/** How a quorum that runs comes to the wanted members. */
export interface Way {
  /** At least one; the last is what is wanted, with all hosts of the run. */
  readonly stages: readonly Stage[]
  /** Refusals that no stage deserves. */
  readonly waived: readonly string[]
  /** Members that are to leave, and that nobody could look at. */
  readonly silent: readonly string[]
}

interface Quorum {
  readonly recipe: Recipe
  readonly membership: Membership
  /** Who is, or was, a member by its roles. */
  readonly all: readonly string[]
  readonly now: readonly string[]
}

/** One member joins or leaves. */
interface Move {
  readonly name: string
  readonly how: 'joins' | 'leaves'
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

const namesOf = (hosts: readonly InventoryHost[]): readonly string[] => hosts.map(({ name }) => name)

/** The quorums that run, and of which it is known who their members are. */
const running = (cluster: Cluster, steps: ReadonlyMap<string, readonly Step[]>): readonly Quorum[] =>
  quorumsOf(cluster).flatMap((recipe) => {
    const now = recipe.membership?.now?.(cluster, steps) ?? []
    const all = namesOf([...cluster.withRecipe(recipe.name), ...retiring(cluster, recipe.name)])
    return recipe.membership === undefined || now.length === 0
      ? []
      : [{ recipe, membership: recipe.membership, all, now }]
  })

/** What a stage does: which quorums grow or shrink by it, given who was a member before. */
function saying({ name, how }: Move, before: ReadonlySet<string>, quorums: readonly Quorum[]): string {
  const sizes = quorums
    .filter(({ all }) => all.includes(name))
    .map(({ membership, all }) => {
      const size = all.filter((each) => before.has(each)).length
      return `${membership.title} ${size} → ${how === 'joins' ? size + 1 : size - 1}`
    })
  return `${sizes.join(', ')} (${name} ${how})`
}

/**
 * Who moves, in order: members that are gone already leave first, since they are no help; then others join, and only
 * then those leave that serve until now.
 */
function movesOf(cluster: Cluster, quorums: readonly Quorum[], looked: ReadonlySet<string>): readonly Move[] {
  const there = new Set(quorums.flatMap(({ now }) => now))
  const wanted = new Set(quorums.flatMap(({ recipe }) => namesOf(cluster.withRecipe(recipe.name))))
  const joins = [...wanted].filter((name) => !there.has(name)).sort()
  const leaves = [...there].filter((name) => !wanted.has(name)).sort((a, b) => (a < b ? 1 : -1))
  const moves = (names: readonly string[], how: Move['how']) => names.map((name) => ({ name, how }))
  return [
    ...moves(
      leaves.filter((name) => !looked.has(name)),
      'leaves',
    ),
    ...moves(joins, 'joins'),
    ...moves(
      leaves.filter((name) => looked.has(name)),
      'leaves',
    ),
  ]
}

/**
 * How members that are new join quorums that run, and those that retire leave, by what all their hosts say: first those
 * that are members become alike (another run may have been killed on its way), then one moves after the other.
 * Undefined where none moves, where the run leaves out one of them, or where nobody can say who is a member. Pure.
 */
export function wayOf(
  cluster: Cluster,
  hosts: readonly InventoryHost[],
  steps: ReadonlyMap<string, readonly Step[]>,
): Way | undefined {
  const quorums = running(cluster, steps)
  const looked = new Set(steps.keys())
  const moves = movesOf(cluster, quorums, looked)
  const chosen = new Set(namesOf(hosts))
  const concerned = new Set(quorums.flatMap(({ all }) => all))
  const needed = [...concerned].filter(
    (name) => cluster.host(name).retire !== true || moves.some((m) => m.name === name),
  )
  if (moves.length === 0 || needed.some((name) => !chosen.has(name))) return undefined
  const members = new Set(quorums.flatMap(({ now }) => now))
  const all = quorumsOf(cluster)
  const lastJoin = moves.findLastIndex(({ how }) => how === 'joins')
  const whole = during(cluster, { absent: new Set(), staying: concerned, vars: {} })
  const more = Object.fromEntries(all.map(({ name, membership }) => [name, membership?.meanwhile?.(whole) ?? {}]))
  const among = (n: number): Among => ({
    absent: new Set(moves.slice(n).flatMap(({ name, how }) => (how === 'joins' ? [name] : []))),
    staying: new Set([...members].filter((name) => cluster.host(name).retire === true)),
    vars: n <= lastJoin ? more : {},
  })
  const stage = (n: number, says: string, gone?: string): Stage => {
    const part = n === moves.length ? cluster : during(cluster, among(n))
    const still = ({ name }: InventoryHost): boolean => concerned.has(name) && (looked.has(name) || name === gone)
    return { says, cluster: part, hosts: n === moves.length ? hosts : part.hosts.filter(still) }
  }
  const names = quorums.map(({ membership, now }) => `${membership.title} ${now.length}`).join(', ')
  const stages = [stage(0, `${names} (those that are members become alike)`)]
  for (const [i, move] of moves.entries()) {
    const says = saying(move, members, quorums)
    if (move.how === 'joins') members.add(move.name)
    else members.delete(move.name)
    const next = stage(i + 1, says, move.name)
    stages.push(move.how === 'joins' ? next : { ...next, leaves: cluster.host(move.name) })
  }
  return {
    stages,
    waived: all.flatMap(({ membership }) => membership?.refusals ?? []),
    silent: moves.flatMap(({ name, how }) => (how === 'leaves' && !looked.has(name) ? [name] : [])),
  }
}
