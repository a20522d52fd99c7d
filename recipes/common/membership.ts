import * as v from 'valibot'
import { type Cluster, type InventoryHost, type Mistake, retiring, type Step } from '../../src/index.ts'

/** A variable from before runs had stages. It must not break inventories that still set it. */
export const allowEven = v.optional(
  v.pipe(
    v.boolean(),
    v.description('No longer needed, and ignored: a run goes through the even numbers in between by itself.'),
  ),
)

/** What to do if several members would change at once and the run has no stages. */
export const STAGES =
  'Run provision over all hosts, without a plan file, while every member answers: members then join and leave one at a time. Change the address of one member at a time, too.'

/** Reports an even number of members, which is never useful. */
export function evenNumber(recipe: string, hosts: readonly InventoryHost[]): readonly Mistake[] {
  const n = hosts.length
  if (n === 0 || n % 2 === 1) return []
  const old = hosts.some(({ vars }) => vars[recipe]?.allowEven === true)
  const more = old ? `. vars.${recipe}.allowEven is no longer needed: a run goes through ${n} members by itself` : ''
  return [
    {
      path: 'hosts',
      message: `${n} hosts run ${recipe}: an even number tolerates no more failures than ${n - 1} would. Use ${n - 1} or ${n + 1}${more}`,
    },
  ]
}

/** The file on each member that names all members of a quorum. */
export interface MembersFile {
  /** The recipe of the members. */
  readonly recipe: string
  readonly file: string
  /** How the file names a host. */
  key(host: InventoryHost): string
  /** The members that its text names; none if the host is not a member. */
  read(text: string): readonly string[]
}

/**
 * The members that a file names on a host, derived from its difference to the wanted content; `unknown` if the file
 * must not be read.
 */
function namedOn(steps: readonly Step[], file: MembersFile, wanted: readonly string[]): readonly string[] | 'unknown' {
  const step = steps.find(({ type, name }) => type === 'file' && name === file.file)
  if (step?.changes.some(({ action }) => action === 'create')) return []
  const contents = step?.contents
  if (contents === 'secret') return 'unknown'
  return contents === undefined ? wanted : file.read(contents.before ?? '')
}

/**
 * The present members, according to the file on each host that stays. If the files differ because a run was killed
 * half-way, the file nearest to the wanted members decides: the others are brought to it. Undefined if a host's file is
 * unknown, or two files differ by more than one member, which no run leaves behind. Pure.
 */
export function membersNow(
  cluster: Cluster,
  steps: ReadonlyMap<string, readonly Step[]>,
  file: MembersFile,
): readonly string[] | undefined {
  const hosts = cluster.withRecipe(file.recipe)
  const wanted = hosts.map(file.key)
  const named = hosts.map((host) => {
    const own = steps.get(host.name)
    return own === undefined ? 'unknown' : namedOn(own, file, wanted)
  })
  if (named.includes('unknown')) return undefined
  const lists = named.filter((list) => list !== 'unknown' && list.length > 0) as (readonly string[])[]
  const [first, ...more] = lists
  if (first === undefined) return []
  const distance = (a: readonly string[], b: readonly string[]): number =>
    a.filter((key) => !b.includes(key)).length + b.filter((key) => !a.includes(key)).length
  const nearest = more.reduce((a, b) => (distance(b, wanted) < distance(a, wanted) ? b : a), first)
  if (lists.some((list) => distance(list, nearest) > 1)) return undefined
  const all = [...hosts, ...retiring(cluster, file.recipe)]
  return all.filter((host) => nearest.includes(file.key(host))).map(({ name }) => name)
}
