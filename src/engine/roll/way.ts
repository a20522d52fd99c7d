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
  /** Whose quorum of one ends before it. */
  readonly ends?: { readonly host: InventoryHost; readonly recipe: Recipe }
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

/** A quorum of one that begins anew with all members. */
interface Alone {
  readonly name: string
  readonly recipe: Recipe
  /** The members that it does not have yet. */
  readonly others: ReadonlySet<string>
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

/** The quorum of one that is to have others, where all of them are part of the run and could be looked at. */
function aloneIn(
  cluster: Cluster,
  hosts: readonly InventoryHost[],
  steps: ReadonlyMap<string, readonly Step[]>,
): Alone | undefined {
  const chosen = new Set(namesOf(hosts))
  for (const recipe of quorumsOf(cluster)) {
    const name = recipe.membership?.anew?.alone(cluster, steps)
    const members = namesOf(cluster.withRecipe(recipe.name))
    if (name === undefined || members.some((each) => !chosen.has(each) || !steps.has(each))) continue
    return { name, recipe, others: new Set(members.filter((each) => each !== name)) }
  }
  return undefined
}

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
 * that are members become alike (another run may have been killed on its way), then one moves after the other; a quorum
 * that cannot grow begins anew in the end. Undefined where none moves, where the run leaves out one of them, or where
 * nobody can say who is a member. Pure.
 */
export function wayOf(
  cluster: Cluster,
  hosts: readonly InventoryHost[],
  steps: ReadonlyMap<string, readonly Step[]>,
): Way | undefined {
  const quorums = running(cluster, steps)
  const looked = new Set(steps.keys())
  const moves = movesOf(cluster, quorums, looked)
  const alone = aloneIn(cluster, hosts, steps)
  const chosen = new Set(namesOf(hosts))
  const needed = membersOf(quorums).filter(
    (name) => cluster.host(name).retire !== true || moves.some((m) => m.name === name),
  )
  if (needed.some((name) => !chosen.has(name)) || (moves.length === 0 && alone === undefined)) return undefined
  const stages = moves.length === 0 ? [] : moving({ cluster, hosts, looked, quorums, moves, alone })
  return {
    stages: alone === undefined ? stages : [...stages, beginning(alone, cluster, hosts)],
    waived: quorumsOf(cluster).flatMap(({ membership }) => membership?.refusals ?? []),
    silent: moves.flatMap(({ name, how }) => (how === 'leaves' && !looked.has(name) ? [name] : [])),
  }
}

/** Who is, or was, a member of any quorum that runs. */
const membersOf = (quorums: readonly Quorum[]): readonly string[] => [...new Set(quorums.flatMap(({ all }) => all))]

/** The last stage, in which a quorum of one ends, and begins with all members at once. */
function beginning({ name, recipe, others }: Alone, cluster: Cluster, hosts: readonly InventoryHost[]): Stage {
  const title = recipe.membership?.title ?? recipe.name
  return {
    says: `${title} 1 → ${others.size + 1} (they begin anew, all at once)`,
    cluster,
    hosts,
    ends: { host: cluster.host(name), recipe },
  }
}

/** What the stages of moving members follow from. */
interface Moving {
  readonly cluster: Cluster
  readonly hosts: readonly InventoryHost[]
  readonly looked: ReadonlySet<string>
  readonly quorums: readonly Quorum[]
  readonly moves: readonly Move[]
  readonly alone: Alone | undefined
}

/** One stage in which all members become alike, and one for each that moves. */
function moving({ cluster, hosts, looked, quorums, moves, alone }: Moving): readonly Stage[] {
  const concerned = new Set(membersOf(quorums))
  const members = new Set(quorums.flatMap(({ now }) => now))
  const lastJoin = moves.findLastIndex(({ how }) => how === 'joins')
  const whole = during(cluster, { absent: new Set(), staying: concerned, vars: {} })
  const growing = quorumsOf(cluster).filter(({ name }) => name !== alone?.recipe.name)
  const more = Object.fromEntries(growing.map(({ name, membership }) => [name, membership?.meanwhile?.(whole) ?? {}]))
  const among = (n: number): Among => ({
    absent: new Set(moves.slice(n).flatMap(({ name, how }) => (how === 'joins' ? [name] : []))),
    staying: new Set([...members].filter((name) => cluster.host(name).retire === true)),
    vars: n <= lastJoin ? more : {},
    ...(alone === undefined
      ? {}
      : {
          without: { recipe: alone.recipe.name, hosts: alone.others, vars: alone.recipe.membership?.anew?.until ?? {} },
        }),
  })
  const stage = (n: number, says: string, gone?: string): Stage => {
    const isLast = n === moves.length && alone === undefined
    const part = isLast ? cluster : during(cluster, among(n))
    const still = ({ name }: InventoryHost): boolean => concerned.has(name) && (looked.has(name) || name === gone)
    return { says, cluster: part, hosts: isLast ? hosts : part.hosts.filter(still) }
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
  return stages
}
