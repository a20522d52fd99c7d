import type { Fault } from '../../lib/check.ts'
import { isObject, type Json, list, object, text } from '../../lib/json.ts'
import { type Path, showPath } from '../../lib/json-path.ts'
import type { CloudAccount, Discovery } from '../../model/cloud.ts'
import type { Role } from '../../model/recipe.ts'
import { recipesOf } from '../../model/recipes-of.ts'
import { mergeSsh, noSuch } from '../read-host.ts'
import type { Ledger } from './ledger.ts'
import { accountOf, cloudOf, clouds, isQuorum } from './merge.ts'
import type { WrittenOut } from './ranges.ts'

/** The path of a role's discovery rule. */
const placeOf = (role: string): Path => ['roles', role, 'cloud', 'discover']

/** The roles with discovery rules, and the rules. */
const written = (file: Json): readonly (readonly [role: string, discover: Json])[] =>
  Object.entries(object(file.roles)).flatMap(([role, settings]) => {
    const { discover } = object(object(settings).cloud)
    return isObject(discover) ? [[role, discover] as const] : []
  })

const rolesOf = (role: string, { roles }: Json): readonly string[] => {
  const named = list(roles).filter((each) => typeof each === 'string')
  return named.length > 0 ? named : [role]
}

const tagsOf = ({ tags }: Json): Readonly<Record<string, string>> =>
  Object.fromEntries(
    Object.entries(object(tags)).filter((each): each is [string, string] => typeof each[1] === 'string'),
  )

/** The discovery rules in the file. */
const discoveries = (file: Json, folder: string): readonly Discovery[] =>
  written(file).flatMap(([role, discover]) => {
    const roles = rolesOf(role, discover)
    const cloud = cloudOf(file, { cloud: true }, roles)
    if (!cloud) return []
    const group = text(discover.group)
    const host = { cloud, ssh: mergeSsh(file, '', roles, folder) }
    return [{ role, roles, tags: tagsOf(discover), host, ...(group === '' ? {} : { group }) }]
  })

/** The cloud account of the hosts and the file's discovery rules; undefined if the file names no cloud. */
export function accountIn(file: Json, folder: string): CloudAccount | undefined {
  const account = accountOf(file)
  const discover = discoveries(file, folder)
  return account && discover.length > 0 ? { ...account, discover } : account
}

/** The mistakes in a role's discovery rule. */
function faultsOf(
  file: Json,
  [role, discover]: readonly [string, Json],
  roles: ReadonlyMap<string, Role>,
  names: readonly string[],
): Fault[] {
  const path = placeOf(role)
  const [provider] = clouds(file)
  const own = rolesOf(role, discover)
  const faults: Fault[] = own.flatMap((each, i) => {
    const at = [...path, 'roles', i]
    if (!roles.has(each) && each !== role) return [{ path: at, message: noSuch('role', each, names) }]
    return own.indexOf(each) < i ? [{ path: at, message: `names the role "${each}" again` }] : []
  })
  if (!own.includes(role)) faults.push({ path: [...path, 'roles'], message: `lacks ${role}, whose hosts they are` })
  if (discover.group === undefined && Object.keys(object(discover.tags)).length === 0)
    faults.push({
      path,
      message: 'says of no instance that it is a host: name a "group", or "tags" that are not empty',
    })
  if (provider === undefined)
    faults.push({
      path,
      message: 'no cloud is named: write "cloud": { "aws": { "cluster": … } } for all hosts',
    })
  if (provider === 'sandbox')
    faults.push({ path, message: 'is for AWS: all instances of the sandbox are launched by provision launch' })
  const quorum = recipesOf({ roles: own }, roles).find(isQuorum)?.name
  if (quorum !== undefined)
    faults.push({
      path,
      message: `would find members of the quorum of ${quorum}, which know each other by address: declare each of them`,
    })
  return faults
}

/** The mistakes in the file's discovery rules. */
export const discoverFaults = (
  file: Json,
  roles: ReadonlyMap<string, Role>,
  names: readonly string[],
): readonly Fault[] => written(file).flatMap((each) => faultsOf(file, each, roles, names))

/** A document that includes the discovered hosts. */
export interface WithDiscovered extends WrittenOut {
  /** Their names. */
  readonly discovered: ReadonlySet<string>
  /** Discovered hosts that their group is terminating: they are no hosts any more. */
  readonly leaving: ReadonlySet<string>
}

/** Moves mistakes at a discovered host to its role. */
function backTo(role: string, [first, ...rest]: Path): Path {
  if (first === 'vars' || first === 'ssh') return ['roles', role, first, ...rest]
  return first === 'roles' ? [...placeOf(role), first, ...rest] : placeOf(role)
}

/** Adds the hosts that were discovered, from the ledger. */
export function withDiscovered(whole: WrittenOut, ledger: Ledger | undefined): WithDiscovered {
  const file = object(whole.value)
  const declared = object(file.hosts)
  const rules = new Map(written(file))
  const role = new Map(
    Object.entries(ledger?.hosts ?? {}).flatMap(([name, entry]) =>
      entry.role !== undefined && entry.hostKey !== undefined && rules.has(entry.role)
        ? [[name, entry.role] as const]
        : [],
    ),
  )
  if (role.size === 0) return { ...whole, discovered: new Set(), leaving: new Set() }
  const twice = [...role.keys()].filter((name) => Object.hasOwn(declared, name))
  const hosts = [...role].map(([name, of]) => [name, { cloud: true, roles: rolesOf(of, object(rules.get(of))) }])
  const value = { ...file, hosts: { ...declared, ...Object.fromEntries(hosts), ...declared } }
  const roleAt = (path: Path): string | undefined =>
    path[0] === 'hosts' && !twice.includes(String(path[1])) ? role.get(String(path[1])) : undefined
  return {
    value,
    discovered: new Set(role.keys()),
    leaving: new Set([...role.keys()].filter((name) => ledger?.hosts[name]?.phase === 'leaves')),
    faults: [
      ...whole.faults,
      ...twice.map((name) => ({
        path: ['hosts', name],
        message: `is the name of ${ledger?.hosts[name]?.id} of others, too, which is a host of ${role.get(name)}: take another name`,
      })),
    ],
    back(path) {
      const of = roleAt(path)
      return of === undefined ? whole.back(path) : backTo(of, path.slice(2))
    },
    told(mistake) {
      const [, name = '', rest = ''] = /^hosts\.([a-z0-9-]+)(.*)$/s.exec(mistake.path) ?? []
      const of = roleAt(['hosts', name])
      if (of === undefined) return whole.told(mistake)
      const path = rest.startsWith('.vars.') ? `${showPath(['roles', of])}${rest}` : showPath(placeOf(of))
      return { ...mistake, path }
    },
  }
}
