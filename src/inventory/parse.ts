import { basename, dirname, isAbsolute, resolve } from 'node:path'
import { check, type Fault } from '../lib/check.ts'
import { didYouMean } from '../lib/did-you-mean.ts'
import { grouped } from '../lib/grouped.ts'
import { type Json, object } from '../lib/json.ts'
import { documentOrder, isUnder, type Path, showPath } from '../lib/json-path.ts'
import { readJson } from '../lib/read-json.ts'
import type { InventoryHost } from '../model/host.ts'
import type { Cluster, Mistake, Role } from '../model/recipe.ts'
import { recipesOf } from '../model/recipes-of.ts'
import type { SshSettings } from '../transport/transport.ts'
import type { Ledger } from './cloud/ledger.ts'
import { placed } from './cloud/ledger-host.ts'
import { accountOf, cloudFaults, cloudOf, hostCloudFaults } from './cloud/merge.ts'
import { writeOut } from './cloud/ranges.ts'
import { InventoryError, InventoryFileError } from './errors.ts'
import { makeCluster } from './make-cluster.ts'
import { recipesMistakes, type WrongVariable } from './recipes-mistakes.ts'
import { fileSchema } from './schema.ts'
import { localSecrets, type SecretSource, withSecrets } from './secrets.ts'
import { recipeAt, toFillIn, withPlaces } from './to-fill-in.ts'
import { type Layer, resolveVars } from './vars.ts'

/** What is needed to parse an inventory. */
export interface ParseOptions {
  /** The file's path: named in mistakes; relative paths in the file start in its folder. */
  readonly path: string
  readonly roles: ReadonlyMap<string, Role>
  /** The names of all roles that there are, to guess what was meant; default: those of `roles`. */
  readonly roleNames?: readonly string[]
  /** Where secrets come from; default: this machine. */
  readonly secrets?: SecretSource
  /** Variables by recipe that win over all others, on every host (`--extra-vars`). */
  readonly extraVars?: Readonly<Record<string, Json>>
  /** Places that are still to be filled in are no mistakes: for who asks only for hosts and addresses. */
  readonly unfilled?: boolean
  /** Variables are not looked at: hosts have none, and none is a mistake. For who asks only for addresses. */
  readonly withoutVars?: boolean
  /** What is known of the instances of hosts in a cloud. */
  readonly ledger?: Ledger | undefined
}

// Mistakes are all looked for, also where others were found: what is not of the right type is read as if it were not
// there.
const at = (value: unknown, ...path: string[]): Json =>
  path.reduce<Json>((inner, key) => object(inner[key]), object(value))
const names = (value: unknown): string[] => (Array.isArray(value) ? value.filter((v) => typeof v === 'string') : [])

function roleFaults(name: string, raw: Json, known: ReadonlyMap<string, Role>, names: readonly string[]): Fault[] {
  const list: unknown[] = Array.isArray(raw.roles) ? raw.roles : []
  return list.flatMap((role, i) => {
    const path = ['hosts', name, 'roles', i]
    if (typeof role !== 'string') return []
    if (!known.has(role)) return [{ path, message: noSuch('role', role, names) }]
    return list.indexOf(role) < i ? [{ path, message: `names the role "${role}" again` }] : []
  })
}

const noSuch = (what: string, name: string, known: Iterable<string>): string =>
  `there is no ${what} "${name}"${didYouMean(name, known)}`

/** How a host is reached. */
const reached = ({ address, ssh: { port = 22, proxyJump = '' } }: InventoryHost): string =>
  `${address} ${port} ${proxyJump}`

/** Where two hosts would be reached in the same way, or have the same cluster address. */
function duplicates(hosts: readonly InventoryHost[], file: Json): Fault[] {
  const writes = (host: InventoryHost, attribute: 'address' | 'privateAddress'): boolean =>
    typeof at(file, 'hosts', host.name)[attribute] === 'string'
  const same = (host: InventoryHost, attribute: string, other: InventoryHost, shown: string): Fault => ({
    path: ['hosts', host.name, attribute],
    message: `is the same as that of ${other.name} (${shown})`,
  })
  const first = new Map<string, InventoryHost>()
  const inside = new Map<string, InventoryHost>()
  // a host that writes none has its address for one: whoever else names that is the one to be told
  for (const host of hosts) if (!writes(host, 'privateAddress')) inside.set(host.privateAddress, host)
  return hosts.flatMap((host) => {
    const { address, privateAddress, ssh } = host
    const twin = writes(host, 'address') ? first.get(reached(host)) : undefined
    if (twin === undefined) first.set(reached(host), host)
    const neighbour = writes(host, 'privateAddress') ? inside.get(privateAddress) : undefined
    if (neighbour === undefined) inside.set(privateAddress, host)
    return [
      ...(twin ? [same(host, 'address', twin, `${address}, port ${ssh.port ?? 22}`)] : []),
      ...(neighbour ? [same(host, 'privateAddress', neighbour, privateAddress)] : []),
    ]
  })
}

/**
 * Variables written for recipes that do not exist, or, at a host, that it does not run: they would be ignored in
 * silence.
 */
function strayVars(
  file: Json,
  hosts: readonly InventoryHost[],
  roles: ReadonlyMap<string, Role>,
  names: readonly string[],
): Fault[] {
  const known = new Set([...roles.values()].flatMap((role) => role.recipes.map((recipe) => recipe.name)))
  const unknown = (path: string[]): Fault[] =>
    Object.keys(at(file, ...path))
      .filter((recipe) => !known.has(recipe))
      .map((recipe) => ({ path: [...path, recipe], message: noSuch('recipe', recipe, known) }))
  return [
    ...unknown(['vars']),
    ...Object.keys(at(file, 'roles')).flatMap((role) => [
      ...(roles.has(role) ? [] : [{ path: ['roles', role], message: noSuch('role', role, names) }]),
      ...unknown(['roles', role, 'vars']),
    ]),
    ...hosts.flatMap((host) => {
      const path = ['hosts', host.name, 'vars']
      const own = new Set(recipesOf(host, roles).map((recipe) => recipe.name))
      // A role that does not exist has been reported; whether its recipes would have been these nobody knows.
      const unsure = host.roles.some((role) => !roles.has(role))
      const idle = Object.keys(at(file, ...path)).filter((recipe) => known.has(recipe) && !own.has(recipe) && !unsure)
      return [
        ...unknown(path),
        ...idle.map((recipe) => ({
          path: [...path, recipe],
          message: `this host does not run the recipe "${recipe}"`,
        })),
      ]
    }),
  ]
}

/** SSH settings, key by key: all < role (in the host's order) < host. */
function mergeSsh(file: Json, host: string, roles: readonly string[], folder: string): SshSettings {
  const merged: Record<string, unknown> = Object.assign(
    {},
    at(file, 'ssh'),
    ...roles.map((role) => at(file, 'roles', role, 'ssh')),
    at(file, 'hosts', host, 'ssh'),
  )
  const key = merged.identityFile
  if (typeof key === 'string' && !key.startsWith('~') && !isAbsolute(key)) merged.identityFile = resolve(folder, key)
  return merged
}

/**
 * Reads an inventory. Pure but for secrets.
 * @throws InventoryError with every mistake, InventoryFileError where the text is not JSON
 */
export function parseInventory(
  source: string,
  {
    path,
    roles,
    roleNames = [...roles.keys()],
    secrets = localSecrets(dirname(path)),
    extraVars = {},
    unfilled = false,
    withoutVars = false,
    ledger,
  }: ParseOptions,
): Cluster {
  const file = basename(path)
  const json = readJson(source)
  if ('wrong' in json) {
    const { line, column, message, excerpt } = json.wrong
    throw new InventoryFileError(`${file} is not JSON: line ${line}, column ${column}: ${message}\n${excerpt}`)
  }
  const whole = writeOut(json.value)
  const raw = object(whole.value)
  const faults: Fault[] = json.twice.map((path) => ({ path, message: 'is written twice' }))
  faults.push(...check(fileSchema, json.value).faults, ...cloudFaults(raw, ledger))

  const unwritten = toFillIn(json.value)
  const blanks = grouped(unwritten, ({ path }) => recipeAt(path))
  const wrong: WrongVariable[] = []
  const hosts = Object.keys(at(raw, 'hosts')).map((name): InventoryHost => {
    const written = at(raw, 'hosts', name)
    const own = names(written.roles)
    faults.push(...roleFaults(name, written, roles, roleNames))
    const vars: Record<string, Json> = {}
    for (const recipe of withoutVars ? [] : recipesOf({ roles: own }, roles)) {
      const places: Path[] = [['vars'], ...own.map((role) => ['roles', role, 'vars']), ['hosts', name, 'vars']]
      const layers = places.map(
        (place): Layer => ({ path: [...place, recipe.name], vars: at(raw, ...place.map(String), recipe.name) }),
      )
      layers.push({ path: ['--extra-vars', recipe.name], vars: at(extraVars, recipe.name) })
      const resolved = withSecrets(secrets, () => resolveVars(recipe, layers, ['hosts', name, 'vars', recipe.name]))
      vars[recipe.name] = Object.freeze(resolved.vars)
      const unsure = [
        ...resolved.faults.map(({ path }) => path),
        ...(blanks.get(recipe.name) ?? []).map(({ path }) => path),
      ]
      wrong.push(...unsure.map((path) => ({ host: name, recipe: recipe.name, path })))
      faults.push(...resolved.faults)
    }
    const cloud = cloudOf(raw, written, own)
    faults.push(...hostCloudFaults(name, written, cloud, recipesOf({ roles: own }, roles)))
    const ssh = mergeSsh(raw, name, own, dirname(path))
    return Object.freeze({
      name,
      ...placed(written, cloud, ledger?.hosts[name], ssh),
      roles: Object.freeze(own),
      vars: Object.freeze(vars),
    })
  })
  faults.push(...duplicates(hosts, raw), ...(withoutVars ? [] : strayVars(raw, hosts, roles, roleNames)))

  const order = documentOrder(json.value)
  const written = [...whole.faults, ...faults.map((fault) => ({ ...fault, path: whole.back(fault.path) }))]
  const mistakes: Mistake[] = withPlaces(written, unwritten, !unfilled)
    .sort((a, b) => order(a.path, b.path))
    .map((fault) => ({ path: showPath(fault.path), message: fault.message }))
  const cluster = makeCluster(hosts, roles, accountOf(raw))
  // With a host or a role misnamed, a recipe would count its members wrongly and report what is no mistake.
  const addressed = unwritten.every(({ path }) => path[0] !== 'hosts' || path[2] === 'vars')
  const misnamed =
    !addressed || faults.some((f) => isUnder(f.path, ['hosts']) && (f.path.length < 3 || f.path[2] === 'roles'))
  if (!misnamed && !withoutVars) mistakes.push(...recipesMistakes(cluster, wrong).map(whole.told))
  const distinct = [...new Map(mistakes.map((m) => [`${m.path}\0${m.message}`, m])).values()]
  if (distinct.length > 0) throw new InventoryError(file, distinct)
  return cluster
}
