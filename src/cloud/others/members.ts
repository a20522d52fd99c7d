import type { LedgerHost } from '../../inventory/cloud/ledger.ts'
import { list } from '../../lib/units.ts'
import type { Discovery } from '../../model/cloud.ts'
import { type Instance, isLive, TAG } from '../provider.ts'
import { type GroupMember, type GroupSeen, type Hook, ownHooks } from './groups.ts'

/** EC2's tag on members of auto-scaling groups. */
export const GROUP_TAG = 'aws:autoscaling:groupName'

/** The lifecycle state of a group's member. */
export interface Lifecycle {
  readonly state: GroupMember['state']
  /** The hooks of provision that it waits for. */
  readonly hooks: readonly Hook[]
}

/** An instance of others that is a host. */
export interface Member {
  readonly name: string
  readonly rule: Discovery
  readonly instance: Instance
  /** Its state in the rule's group; absent if the rule names none. */
  readonly lifecycle?: Lifecycle
}

/** What one rule found. */
export interface Found {
  readonly rule: Discovery
  readonly instances: readonly Instance[]
}

/** How many characters of an instance's id its host's name contains. */
const SHORT = 8

/** A role's name in a form that fits a host's name. */
const asLabel = (role: string): string =>
  role
    .toLowerCase()
    .replace(/[^a-z0-9]+/g, '-')
    .replace(/^-|-$/g, '')
    .slice(0, 40) || 'host'

/**
 * The name of an instance's host: the role and the end of the id, so that every machine gives it the same one. Pure.
 * @param taken names of others
 */
export function nameOf(role: string, id: string, taken: (name: string) => boolean): string {
  const bare = id.replace(/^i-/, '').toLowerCase()
  const short = `${asLabel(role)}-${bare.slice(-SHORT)}`
  return taken(short) ? `${asLabel(role)}-${bare}` : short
}

/** Is it one of ours? Instances that provision has launched carry its tag. */
const isOurs = ({ tags }: Instance): boolean => (tags[TAG.host] ?? '') !== ''

/** The discovered hosts, and problems with them. */
export interface Members {
  readonly members: readonly Member[]
  /** Sentences about instances that several roles claim, and groups that do not exist. */
  readonly wrong: readonly string[]
}

/**
 * The instances of others that are hosts, by name. A known host keeps its name. Pure.
 * @param declared is it the name of a host in the inventory?
 */
export function membersOf(
  found: readonly Found[],
  known: Readonly<Record<string, LedgerHost>>,
  declared: (name: string) => boolean,
): Members {
  const names = new Map(
    Object.entries(known).flatMap(([name, { id, role }]) => (role === undefined ? [] : [[id, name] as const])),
  )
  const rulesOf = new Map<string, Discovery[]>()
  const instances = new Map<string, Instance>()
  for (const { rule, instances: some } of found)
    for (const instance of some.filter((each) => isLive(each) && !isOurs(each))) {
      instances.set(instance.id, instance)
      rulesOf.set(instance.id, [...(rulesOf.get(instance.id) ?? []), rule])
    }
  const members: Member[] = []
  const wrong: string[] = []
  const given = new Map<string, string>()
  for (const [id, instance] of [...instances].sort(([a], [b]) => (a < b ? -1 : 1))) {
    const [rule, ...others] = rulesOf.get(id) ?? []
    if (!rule) continue
    if (others.length > 0) {
      wrong.push(
        `${id} is found for ${list([rule, ...others].map(({ role }) => role))}, and is left out: name both roles in "roles" of one of them`,
      )
      continue
    }
    const isTaken = (name: string): boolean =>
      declared(name) || (given.get(name) ?? id) !== id || (known[name]?.id ?? id) !== id
    const name = names.get(id) ?? nameOf(rule.role, id, isTaken)
    given.set(name, id)
    members.push({ name, rule, instance })
  }
  return { members: members.sort((a, b) => (a.name < b.name ? -1 : 1)), wrong }
}

/** Adds what the groups say about their members; members in reserve are not hosts. Pure. */
export function inGroups(
  { members, wrong }: Members,
  groups: readonly GroupSeen[],
  hooksOf: ReadonlyMap<string, readonly Hook[]>,
): Members {
  const lifecycles = members.flatMap((member): Member[] => {
    const { group } = member.rule
    if (group === undefined) return [member]
    const is = groups.find(({ name }) => name === group)?.members.get(member.instance.id)
    if (is?.state === 'rests') return []
    if (!is) return [member]
    const at = is.state === 'joins' ? 'launch' : 'end'
    const hooks = is.waits ? ownHooks(hooksOf.get(group) ?? [], at) : []
    return [{ ...member, lifecycle: { state: is.state, hooks } }]
  })
  return { members: lifecycles, wrong }
}
