import { checkArgument, checkOptions } from '../lib/check/options.ts'
import { didYouMean } from '../lib/did-you-mean.ts'
import { oneLine } from '../lib/message.ts'
import type { InventoryHost } from '../model/host.ts'
import type { Cluster } from '../model/recipe.ts'
import { namesOf } from './cloud/ranges.ts'
import { SelectionError } from './errors.ts'

/** Which hosts are selected. If both are given, only hosts that match both. */
export interface Selection {
  /** Roles; selects hosts with any of them. Commas separate. */
  readonly roles?: readonly string[] | undefined
  /** Host patterns: names with `*` and `?`, ranges (`web-1..6`); `!pattern` excludes hosts. Commas separate. */
  readonly hosts?: readonly string[] | undefined
}

const split = (lists: readonly string[] = []): string[] =>
  lists
    .flatMap((list) => list.split(','))
    .map((part) => part.trim())
    .filter((part) => part !== '')

const WILDCARDS: Readonly<Record<string, string>> = { '*': '.*', '?': '.' }

const matcher = (pattern: string): ((host: InventoryHost) => boolean) => {
  const source = pattern.replace(/[\\^$.*+?()[\]{}|]/g, (c) => WILDCARDS[c] ?? `\\${c}`)
  const regex = new RegExp(`^${source}$`)
  return (host) => regex.test(host.name)
}

/** Is there a list at all? One that names nothing, such as an unset variable of a shell, must not select all hosts. */
const given = (lists: readonly string[] | undefined): lists is readonly string[] =>
  lists !== undefined && lists.length > 0

/** Expands `zk-1..3` and `!zk-1..3`, as in an inventory. */
function expanded(pattern: string): readonly string[] {
  const [, not = '', bare = ''] = /^(!?)(.*)$/s.exec(pattern) ?? []
  const names = namesOf(bare)
  if (typeof names === 'string') throw new SelectionError(`${bare} ${names}`)
  return names.map((name) => not + name)
}

const noHosts = (awaited: boolean): string =>
  awaited ? 'there are no hosts yet: provision refresh looks for some' : 'the inventory has no hosts'

/**
 * The selected hosts, in the inventory's order; all hosts without a selection.
 * @param none accept an empty selection, because hosts of the role may still be discovered
 * @throws SelectionError if a role or pattern matches no host (with the nearest name), or no host is left; TypeError if
 *   an argument is wrong
 */
export function select(cluster: Cluster, selection: Selection, none = false): readonly InventoryHost[] {
  checkArgument('select', 'its first argument', cluster, 'cluster!')
  checkOptions('select', selection, { roles: 'texts', hosts: 'texts' })
  const { roles: roleLists, hosts: patternLists } = selection
  const roles = split(roleLists)
  const patterns = split(patternLists).flatMap(expanded)
  if (given(roleLists) && roles.length === 0) throw new SelectionError(`"${oneLine(roleLists.join())}" names no role`)
  if (given(patternLists) && patterns.length === 0)
    throw new SelectionError(`"${oneLine(patternLists.join())}" names no host`)
  const known = new Set(cluster.hosts.flatMap((host) => host.roles))
  const { discover = [] } = cluster.cloud ?? {}
  const awaited = (role: string): boolean => discover.some((rule) => rule.roles.includes(role))
  for (const role of roles.filter((each) => !known.has(each) && !(none && awaited(each)))) {
    const more = awaited(role) ? ' yet: provision refresh looks for some' : didYouMean(role, known)
    throw new SelectionError(`no host has the role "${oneLine(role)}"${more}`)
  }
  const names = cluster.hosts.map((host) => host.name)
  const parsed = patterns.map((pattern) => {
    const excludes = pattern.startsWith('!')
    const bare = excludes ? pattern.slice(1) : pattern
    const matches = matcher(bare)
    if (!cluster.hosts.some(matches))
      throw new SelectionError(`no host is named "${oneLine(bare)}"${didYouMean(bare, names)}`)
    return { excludes, matches }
  })
  const wanted = parsed.filter((p) => !p.excludes)
  const chosen = cluster.hosts.filter(
    (host) =>
      (roles.length === 0 || roles.some((role) => host.roles.includes(role))) &&
      (wanted.length === 0 || wanted.some((p) => p.matches(host))) &&
      !parsed.some((p) => p.excludes && p.matches(host)),
  )
  if (chosen.length === 0 && !(none && patterns.length === 0)) {
    const said = [
      ...(roles.length > 0 ? [`the role ${roles.join(' or ')}`] : []),
      ...(patterns.length > 0 ? [`the pattern ${split(patternLists).join(',')}`] : []),
    ]
    throw new SelectionError(said.length > 0 ? `no host matches ${said.join(' and ')}` : noHosts(discover.length > 0))
  }
  return chosen
}
