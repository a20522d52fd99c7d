import type { InventoryHost } from '../../model/host.ts'
import type { Step } from '../../model/plan.ts'
import type { Cluster, Membership, Recipe } from '../../model/recipe.ts'
import { retiring } from '../../model/recipes-of.ts'
import { type Among, during } from './among.ts'

/** One stage of a membership change: a cluster in which some hosts do not exist yet, or have not left yet. */
export interface Stage {
  /** `ZooKeeper 3 → 4 (zk-4 joins)` */
  readonly says: string
  readonly cluster: Cluster
  readonly hosts: readonly InventoryHost[]
  /** The host that leaves in this stage. */
  readonly leaves?: InventoryHost
  /** The host whose quorum of one ends before this stage. */
  readonly ends?: { readonly host: InventoryHost; readonly recipe: Recipe }
}

/** The stages by which a running quorum reaches the wanted members. */
export interface Way {
  /** At least one; the last is the inventory as it is, with all hosts of the run. */
  readonly stages: readonly Stage[]
  /** Refusals that do not apply to stages. */
  readonly waived: readonly string[]
  /** Members that are to leave and could not be observed. */
  readonly silent: readonly string[]
}

/** A quorum of one that starts over with all members. */
interface Alone {
  readonly name: string
  readonly recipe: Recipe
  /** The members that it does not have yet. */
  readonly others: ReadonlySet<string>
}

interface Quorum {
  readonly recipe: Recipe
  readonly membership: Membership
  /** The hosts that are, or were, members by their roles. */
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

/** The running quorums whose members are known. */
const running = (cluster: Cluster, steps: ReadonlyMap<string, readonly Step[]>): readonly Quorum[] =>
  quorumsOf(cluster).flatMap((recipe) => {
    const now = recipe.membership?.now?.(cluster, steps) ?? []
    const all = namesOf([...cluster.withRecipe(recipe.name), ...retiring(cluster, recipe.name)])
    return recipe.membership === undefined || now.length === 0
      ? []
      : [{ recipe, membership: recipe.membership, all, now }]
  })

/** The quorum of one that is to grow, if all new members are part of the run and could be observed. */
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

/** Describes a stage: which quorums grow or shrink in it, given the members before. */
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
 * Who moves, in order: first members that are already down leave, since they are no help; then new ones join; then
 * members leave that have served until now.
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
 * Plans how new members join running quorums and retiring ones leave, from what all their hosts report. First the
 * members become alike (an earlier run may have been killed midway), then one moves after the other; a quorum that
 * cannot grow starts over at the end. Undefined if none moves, if the run leaves one of them out, or if the members are
 * unknown. Pure.
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

/** The hosts that are, or were, members of any running quorum. */
const membersOf = (quorums: readonly Quorum[]): readonly string[] => [...new Set(quorums.flatMap(({ all }) => all))]

/** The last stage, in which a quorum of one ends and starts over with all members at once. */
function beginning({ name, recipe, others }: Alone, cluster: Cluster, hosts: readonly InventoryHost[]): Stage {
  const title = recipe.membership?.title ?? recipe.name
  return {
    says: `${title} 1 → ${others.size + 1} (they begin anew, all at once)`,
    cluster,
    hosts,
    ends: { host: cluster.host(name), recipe },
  }
}

/** The inputs from which the stages follow. */
interface Moving {
  readonly cluster: Cluster
  readonly hosts: readonly InventoryHost[]
  readonly looked: ReadonlySet<string>
  readonly quorums: readonly Quorum[]
  readonly moves: readonly Move[]
  readonly alone: Alone | undefined
}

/** One stage in which all members become alike, and one for each member that moves. */
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
