import { present } from '../../lib/compact.ts'
import { expand, splitPort } from './pattern.ts'

/** An Ansible variable, and where it is written: `line 3`, `group_vars/web.yml, line 2`. */
export interface Variable {
  readonly value: unknown
  readonly where: string
}

/** Stands for a value that only ansible-vault can read. */
export const VAULTED = Symbol('a value that ansible-vault has encrypted')

/** Variables by name. */
export type Variables = Map<string, Variable>

/** A group of hosts. */
export interface Group {
  readonly where: string
  readonly hosts: Set<string>
  readonly children: Map<string, string>
  readonly vars: Variables
  /** From `group_vars/`: they override those in the inventory, of any group. */
  readonly fileVars: Variables
}

/** A host under its name in Ansible. */
export interface Machine {
  readonly where: string
  readonly vars: Variables
  readonly fileVars: Variables
}

/** Something that cannot be converted, and where it is written. */
export interface Problem {
  readonly where: string
  readonly message: string
}

/** An Ansible inventory, from any file format. */
export interface Grouped {
  readonly groups: Map<string, Group>
  readonly hosts: Map<string, Machine>
  readonly problems: Problem[]
}

/** An inventory with only the groups that Ansible always has. */
export function emptyInventory(): Grouped {
  const grouped: Grouped = { groups: new Map(), hosts: new Map(), problems: [] }
  for (const name of ['all', 'ungrouped']) groupIn(grouped, name, 'the inventory')
  return grouped
}

/** The group with that name, created if necessary. */
export function groupIn({ groups }: Grouped, name: string, where: string): Group {
  const there = groups.get(name)
  if (there) return there
  const group = { where, hosts: new Set<string>(), children: new Map(), vars: new Map(), fileVars: new Map() }
  groups.set(name, group)
  return group
}

/** Adds the hosts of a pattern to a group: `web[01:10].example.com:2222`. */
export function addHosts(grouped: Grouped, group: Group, pattern: string, vars: Variables, where: string): void {
  const { pattern: names, port } = splitPort(pattern)
  const expanded = expand(names)
  if ('wrong' in expanded) {
    grouped.problems.push({ where, message: expanded.wrong })
    return
  }
  for (const name of expanded.names) {
    const machine = grouped.hosts.get(name) ?? { where, vars: new Map(), fileVars: new Map() }
    grouped.hosts.set(name, machine)
    if (port !== undefined) machine.vars.set('ansible_port', { value: port, where })
    for (const [key, variable] of vars) machine.vars.set(key, variable)
    group.hosts.add(name)
  }
}

/** Puts exactly the hosts without a group into `ungrouped`, whatever the file says. */
function settleUngrouped(grouped: Grouped): void {
  const ungrouped = groupIn(grouped, 'ungrouped', '')
  const others = [...grouped.groups].filter(([name]) => name !== 'all' && name !== 'ungrouped')
  const inGroups = new Set(others.flatMap(([, { hosts }]) => [...hosts]))
  ungrouped.hosts.clear()
  for (const host of grouped.hosts.keys()) if (!inGroups.has(host)) ungrouped.hosts.add(host)
}

/** Final checks after everything is read: hosts without a group, children that do not exist, cycles of groups. */
export function settle(grouped: Grouped): void {
  const { groups, problems } = grouped
  settleUngrouped(grouped)
  const done = new Set<string>()
  const visit = (name: string, way: readonly string[]): void => {
    if (done.has(name)) return
    for (const [child, where] of groups.get(name)?.children ?? []) {
      if (!groups.has(child)) problems.push({ where, message: `there is no group "${child}"` })
      else if (child === name || way.includes(child))
        problems.push({ where, message: `the group "${child}" contains itself` })
      else visit(child, [...way, name])
    }
    done.add(name)
  }
  for (const name of groups.keys()) visit(name, [])
}

const parentsOf = (groups: Grouped['groups'], name: string): string[] =>
  [...groups].flatMap(([parent, { children }]) => (children.has(name) ? [parent] : []))

/** A group's distance from `all`, along the longest path. */
const depthOf = (groups: Grouped['groups'], name: string, way: readonly string[] = []): number =>
  name === 'all' || way.includes(name)
    ? 0
    : 1 + Math.max(0, ...parentsOf(groups, name).map((parent) => depthOf(groups, parent, [...way, name])))

const priorityOf = (group: Group | undefined): number => Number(group?.vars.get('ansible_group_priority')?.value ?? 1)

/**
 * The groups of each host, in the order in which their variables override each other: `all`, then parents, then
 * children; at equal depth by priority and name.
 */
export function memberships({ groups, hosts }: Grouped): ReadonlyMap<string, readonly string[]> {
  const order = new Map(
    [...groups].map(([name, group]) => [name, [depthOf(groups, name), priorityOf(group)] as const] as const),
  )
  const compare = (a: string, b: string): number => {
    const [x, y] = [order.get(a) ?? [0, 1], order.get(b) ?? [0, 1]]
    return x[0] - y[0] || x[1] - y[1] || (a < b ? -1 : 1)
  }
  const above = (name: string, found: Set<string>): void => {
    if (found.has(name)) return
    found.add(name)
    for (const parent of parentsOf(groups, name)) above(parent, found)
  }
  const own = new Map<string, Set<string>>([...hosts.keys()].map((host) => [host, new Set<string>()]))
  for (const [name, group] of groups)
    for (const host of group.hosts) if (name !== 'ungrouped') above(name, present(own.get(host)))
  return new Map(
    [...own].map(([host, found]) => {
      found.delete('all')
      const named = found.size > 0 ? [...found] : ['ungrouped']
      return [host, ['all', ...named.sort(compare)]]
    }),
  )
}

/** A host's final variables: from the inventory's groups, from `group_vars/`, and its own. */
export function variablesOf({ groups, hosts }: Grouped, host: string, member: readonly string[]): Variables {
  const found = member.flatMap((name) => groups.get(name) ?? [])
  const machine = hosts.get(host)
  const layers = [
    ...found.map(({ vars }) => vars),
    ...found.map(({ fileVars }) => fileVars),
    machine?.vars ?? [],
    machine?.fileVars ?? [],
  ]
  return new Map(layers.flatMap((layer) => [...layer]))
}
