import { type Json, list, object } from '../../lib/json.ts'
import { type Path, showPath } from '../../lib/json-path.ts'
import { addHosts, emptyInventory, type Grouped, groupIn, settle, type Variables } from './groups.ts'

/** Says where a value is written, given its path in the document. */
export type Where = (path: Path) => string

const isObject = (value: unknown): boolean => typeof value === 'object' && value !== null && !Array.isArray(value)

/** An object, or nothing; reports anything else as a problem. */
function asObject(grouped: Grouped, value: unknown, path: Path, where: Where, holds: string): Json {
  if (value !== null && value !== undefined && !isObject(value))
    grouped.problems.push({ where: where(path), message: `${showPath(path)} must be ${holds}` })
  return object(value)
}

/** The variables in an object. */
export const variablesIn = (vars: Json, path: Path, where: Where): Variables =>
  new Map(Object.entries(vars).map(([key, value]) => [key, { value, where: where([...path, key]) }]))

const KEYS = ['hosts', 'vars', 'children']

function unknownKeys(grouped: Grouped, group: Json, path: Path, where: Where): void {
  for (const key of Object.keys(group))
    if (!KEYS.includes(key))
      grouped.problems.push({
        where: where([...path, key]),
        message: `a group has hosts, vars and children, not "${key}"`,
      })
}

function addGroup(grouped: Grouped, name: string, value: unknown, path: Path, where: Where): void {
  const group = groupIn(grouped, name, where(path))
  const says = asObject(grouped, value, path, where, 'a group: hosts, vars and children')
  unknownKeys(grouped, says, path, where)
  const vars = asObject(grouped, says.vars, [...path, 'vars'], where, 'variables by name')
  for (const [key, variable] of variablesIn(vars, [...path, 'vars'], where)) group.vars.set(key, variable)
  const hosts = typeof says.hosts === 'string' ? { [says.hosts]: null } : says.hosts
  for (const [pattern, own] of Object.entries(
    asObject(grouped, hosts, [...path, 'hosts'], where, 'hosts by name, each followed by a colon'),
  )) {
    const at = [...path, 'hosts', pattern]
    const settings = asObject(grouped, own, at, where, 'variables by name')
    addHosts(grouped, group, pattern, variablesIn(settings, at, where), where(at))
  }
  const children = typeof says.children === 'string' ? { [says.children]: null } : says.children
  for (const [child, inner] of Object.entries(
    asObject(grouped, children, [...path, 'children'], where, 'groups by name, each followed by a colon'),
  )) {
    const at = [...path, 'children', child]
    group.children.set(child, where(at))
    addGroup(grouped, child, inner, at, where)
  }
}

/** Reads a YAML inventory: groups that contain hosts and child groups. Pure. */
export function readTree(value: unknown, where: Where): Grouped {
  const grouped = emptyInventory()
  const groups = asObject(grouped, value, [], where, 'groups by name')
  if (typeof groups.plugin === 'string') {
    const message = `these are settings of Ansible's plugin ${groups.plugin}: give -i a program that runs ansible-inventory --list with this file, or see docs/cloud.md for hosts in EC2`
    grouped.problems.push({ where: where(['plugin']), message })
    return grouped
  }
  for (const [name, group] of Object.entries(groups)) addGroup(grouped, name, group, [name], where)
  settle(grouped)
  return grouped
}

/** Reads a program's output for `--list`: each group with a list of its hosts, and all host variables apart. Pure. */
export function readList(value: Json): Grouped {
  const grouped = emptyInventory()
  const names = (from: unknown, path: Path): string[] =>
    list(from).flatMap((each, i) => {
      if (typeof each === 'string') return [each]
      grouped.problems.push({ where: showPath([...path, i]), message: 'must be a name' })
      return []
    })
  for (const [name, says] of Object.entries(value)) {
    if (name === '_meta') continue
    const group = groupIn(grouped, name, showPath([name]))
    const whole = Array.isArray(says) ? { hosts: says } : asObject(grouped, says, [name], showPath, 'a group')
    unknownKeys(grouped, whole, [name], showPath)
    for (const host of names(whole.hosts, [name, 'hosts']))
      addHosts(grouped, group, host, new Map(), showPath([name, 'hosts']))
    for (const child of names(whole.children, [name, 'children']))
      group.children.set(child, showPath([name, 'children']))
    const vars = asObject(grouped, whole.vars, [name, 'vars'], showPath, 'variables by name')
    for (const [key, variable] of variablesIn(vars, [name, 'vars'], showPath)) group.vars.set(key, variable)
  }
  const meta = object(object(value._meta).hostvars)
  for (const [host, vars] of Object.entries(meta)) {
    const path = ['_meta', 'hostvars', host]
    const machine = grouped.hosts.get(host)
    // Ansible also accepts hosts without a group.
    if (!machine) addHosts(grouped, groupIn(grouped, 'ungrouped', ''), host, new Map(), showPath(path))
    const found = variablesIn(asObject(grouped, vars, path, showPath, 'variables by name'), path, showPath)
    for (const [key, variable] of found) grouped.hosts.get(host)?.vars.set(key, variable)
  }
  settle(grouped)
  return grouped
}
