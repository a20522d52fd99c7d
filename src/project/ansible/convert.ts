import { isIP } from 'node:net'
import { HOST_NAME } from '../../inventory/schema.ts'
import { present } from '../../lib/compact.ts'
import { didYouMean } from '../../lib/did-you-mean.ts'
import { isObject } from '../../lib/json.ts'
import { count } from '../../lib/units.ts'
import { connectionOf, isTaken, takenFault } from './connection.ts'
import {
  type Grouped,
  memberships,
  type Problem,
  VAULTED,
  type Variable,
  type Variables,
  variablesOf,
} from './groups.ts'
import { TABLE, type Table } from './table.ts'

/** A converted inventory, and where its parts are written. */
export interface Converted {
  readonly value: { readonly hosts: Readonly<Record<string, HostEntry>> }
  /** By path: `hosts.web-1.vars.web.port`. */
  readonly places: ReadonlyMap<string, string>
  readonly problems: readonly Problem[]
}

/** A host's entry in an inventory. */
export interface HostEntry {
  readonly address: unknown
  readonly roles: readonly string[]
  readonly ssh: Readonly<Record<string, unknown>>
  readonly vars: Readonly<Record<string, Readonly<Record<string, unknown>>>>
}

/** Groups that no table maps to roles. */
function groupProblems(grouped: Grouped, table: Table): Problem[] {
  const known = (name: string): boolean => Object.hasOwn(table.groups, name)
  return [...grouped.groups]
    .filter(([name, { hosts }]) => {
      if (known(name) || name === 'all') return false
      return name !== 'ungrouped' || (hosts.size > 0 && !known('all'))
    })
    .map(([name, group]) => {
      const near = didYouMean(name, Object.keys(table.groups))
      const [first = ''] = group.hosts
      const alone = name === 'ungrouped'
      const what = alone ? `"${first}" is in no group` : `nothing says which roles the group "${name}" has`
      return {
        where: alone ? (grouped.hosts.get(first)?.where ?? '') : group.where,
        message: `${what}: write "${name}": ["ROLE"] among "groups", or []${near}`,
      }
    })
}

/** All places where variables are written, by variable. */
function written({ groups, hosts }: Grouped): ReadonlyMap<string, readonly Variable[]> {
  const found = new Map<string, Variable[]>()
  for (const { vars, fileVars } of [...groups.values(), ...hosts.values()])
    for (const [name, variable] of [...vars, ...fileVars]) found.set(name, [...(found.get(name) ?? []), variable])
  return found
}

const isTemplate = (value: unknown): boolean =>
  typeof value === 'string'
    ? /\{\{|\{%/.test(value)
    : typeof value === 'object' && value !== null && Object.values(value).some(isTemplate)

const isVaulted = (value: unknown): boolean =>
  value === VAULTED || (typeof value === 'object' && value !== null && Object.values(value).some(isVaulted))

/** Why a mapped variable cannot be converted. */
function fault(name: string, variable: Variable, table: Table): string | undefined {
  const wrong = takenFault(name, variable)
  const leave = `; to leave it out, write "${name}": null among "variables"`
  if (wrong !== undefined && !Object.hasOwn(table.variables, name)) return `${name} ${wrong}${leave}`
  if (isVaulted(variable.value)) return `${name} is encrypted, and only ansible-vault can read it${leave}`
  if (isTemplate(variable.value)) return `${name} is a template ({{ … }}), which Ansible alone can fill in${leave}`
  return undefined
}

function variableProblems(grouped: Grouped, table: Table): Problem[] {
  return [...written(grouped)].flatMap(([name, variables]): Problem[] => {
    const means = Object.hasOwn(table.variables, name) ? table.variables[name] : undefined
    if (means === null) return []
    const [first, ...others] = variables
    if (means === undefined && !isTaken(name)) {
      const more = others.length > 0 ? `, also written in ${count(others.length, 'other place')}` : ''
      const wanted = `write "${name}": "RECIPE.NAME" among "variables", or null to leave it out`
      const message = `nothing says what the variable "${name}" is${more}: ${wanted}`
      return [{ where: present(first).where, message }]
    }
    return variables.flatMap((variable) => {
      const message = fault(name, variable, table)
      return message === undefined ? [] : [{ where: variable.where, message }]
    })
  })
}

/** A host's name: a DNS label, whereas Ansible also allows names with dots, and addresses. */
function nameOf(host: string, { names }: Table): string {
  if (Object.hasOwn(names, host)) return present(names[host])
  if (isIP(host) > 0) return `ip-${host.toLowerCase().replaceAll(/[.:]+/g, '-')}`.replace(/-+$/, '')
  return present(host.split('.')[0]).toLowerCase().replaceAll('_', '-')
}

function nameProblems(grouped: Grouped, table: Table): Problem[] {
  const taken = new Map<string, string>()
  return [...grouped.hosts].flatMap(([host, machine]): Problem[] => {
    const name = nameOf(host, table)
    const wanted = `write "${host}": "NAME" among "names"`
    if (!HOST_NAME.test(name))
      return [{ where: machine.where, message: `"${host}" cannot be the name of a host here: ${wanted}` }]
    const other = taken.get(name)
    taken.set(name, host)
    if (other === undefined) return []
    return [{ where: machine.where, message: `"${other}" and "${host}" would both be called ${name}: ${wanted}` }]
  })
}

/** Sets a value in nested objects. Returns whether its place was free. */
function put(into: Record<string, unknown>, path: readonly string[], value: unknown): boolean {
  const [key = '', ...rest] = path
  if (rest.length === 0) {
    if (Object.hasOwn(into, key)) return false
    into[key] = value
    return true
  }
  if (!Object.hasOwn(into, key)) into[key] = {}
  const inner = into[key]
  return isObject(inner) && put(inner, rest, value)
}

/** One host's variables, by recipe. */
function recipeVars(vars: Variables, table: Table, name: string, places: Map<string, string>, problems: Problem[]) {
  const found: Record<string, Record<string, unknown>> = {}
  for (const [variable, { value, where: at }] of vars) {
    const means = Object.hasOwn(table.variables, variable) ? table.variables[variable] : undefined
    if (means === undefined || means === null) continue
    places.set(`hosts.${name}.vars.${means}`, at)
    if (!put(found, means.split('.'), value))
      problems.push({ where: at, message: `${variable} is ${means}, and so is another variable of ${name}` })
  }
  return found
}

/** The host's roles, in the table's order. */
const rolesOf = (member: readonly string[], { groups }: Table): readonly string[] => [
  ...new Set(Object.entries(groups).flatMap(([group, roles]) => (member.includes(group) ? roles : []))),
]

const CONNECTION_PLACES: readonly (readonly [RegExp, string])[] = [
  [/_host$/, 'address'],
  [/_port$/, 'ssh.port'],
  [/_user$/, 'ssh.user'],
  [/_private_key_file$/, 'ssh.identityFile'],
  [/_timeout$/, 'ssh.connectTimeout'],
  [/_retries$/, 'ssh.retries'],
]

/** Converts an Ansible inventory. Pure. */
export function convert(grouped: Grouped, table: Table): Converted {
  const problems = [
    ...groupProblems(grouped, table),
    ...variableProblems(grouped, table),
    ...nameProblems(grouped, table),
  ]
  const places = new Map<string, string>()
  const hosts: Record<string, HostEntry> = {}
  for (const [host, member] of memberships(grouped)) {
    const name = nameOf(host, table)
    const vars = new Map([...variablesOf(grouped, host, member)].filter(([key]) => table.variables[key] !== null))
    const { address = host, ssh } = connectionOf(vars)
    places.set(`hosts.${name}`, grouped.hosts.get(host)?.where ?? '')
    places.set(`hosts.${name}.roles`, TABLE)
    for (const [key, { where: at }] of vars)
      for (const [pattern, place] of CONNECTION_PLACES)
        if (isTaken(key) && pattern.test(key)) places.set(`hosts.${name}.${place}`, at)
    const own = recipeVars(vars, table, name, places, problems)
    hosts[name] = { address, roles: rolesOf(member, table), ssh, vars: own }
  }
  return { value: { ...table.whole, hosts }, places, problems: [...grouped.problems, ...problems] }
}
