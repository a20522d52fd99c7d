import { basename, dirname } from 'node:path'
import { checkArgument, checkOptions, type Kinds } from '../lib/check/options.ts'
import { check, type Fault } from '../lib/check.ts'
import { grouped } from '../lib/grouped.ts'
import { type Json, object } from '../lib/json.ts'
import { documentOrder, isUnder, showPath } from '../lib/json-path.ts'
import { readJson } from '../lib/read-json.ts'
import type { InventoryHost } from '../model/host.ts'
import type { Cluster, Mistake, Role } from '../model/recipe.ts'
import { recipesOf } from '../model/recipes-of.ts'
import { accountIn, discoverFaults, withDiscovered } from './cloud/discover.ts'
import type { Ledger } from './cloud/ledger.ts'
import { cloudFaults } from './cloud/merge.ts'
import { writeOut } from './cloud/ranges.ts'
import { InventoryError, InventoryFileError } from './errors.ts'
import { jumpFaults } from './fields/jumps.ts'
import { makeCluster } from './make-cluster.ts'
import { at, noSuch, readHost } from './read-host.ts'
import { recipesMistakes } from './recipes-mistakes.ts'
import { fileSchema } from './schema.ts'
import { localSecrets, type SecretSource } from './secrets.ts'
import { recipeAt, type ToFillIn, toFillIn, withPlaces } from './to-fill-in.ts'

/** What is needed to parse an inventory. */
export interface ParseOptions {
  /** The file's path, for error messages. Relative paths in the file resolve against its folder. */
  readonly path: string
  readonly roles: ReadonlyMap<string, Role>
  /** The names of all existing roles, for suggestions; default: those of `roles`. */
  readonly roleNames?: readonly string[]
  /** Where secrets are resolved; default: this machine. */
  readonly secrets?: SecretSource
  /** Variables by recipe that override all others, on every host (`--extra-vars`). */
  readonly extraVars?: Readonly<Record<string, Json>>
  /** Accept places that are not filled in yet: for callers that need only hosts and addresses. */
  readonly unfilled?: boolean
  /** Ignore variables: hosts have none, and none is a mistake. For callers that need only addresses. */
  readonly withoutVars?: boolean
  /** The known instances of hosts in a cloud. */
  readonly ledger?: Ledger | undefined
}

const OPTIONS: Kinds<ParseOptions> = {
  path: 'text!',
  roles: 'map!',
  roleNames: 'texts',
  secrets: 'function',
  extraVars: 'object',
  unfilled: 'boolean',
  withoutVars: 'boolean',
  ledger: 'object',
}

/** Identifies how to reach a host. */
const reached = ({ address, ssh: { port = 22, proxyJump = '' } }: InventoryHost): string =>
  `${address} ${port} ${proxyJump}`

/** Hosts that are reached in the same way, or share a cluster address. */
function duplicates(hosts: readonly InventoryHost[], file: Json): Fault[] {
  // an empty address is a mistake of its own
  const writes = (host: InventoryHost, attribute: 'address' | 'privateAddress'): boolean => {
    const written = at(file, 'hosts', host.name)[attribute]
    return typeof written === 'string' && written !== ''
  }
  const same = (host: InventoryHost, attribute: string, other: InventoryHost, shown: string): Fault => ({
    path: ['hosts', host.name, attribute],
    message: `is the same as that of ${other.name} (${shown})`,
  })
  const first = new Map<string, InventoryHost>()
  const inside = new Map<string, InventoryHost>()
  // a host without a private address uses its address, so report another host that repeats it
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

/** Orders discovered hosts first: a mistake is reported at the other host that has the same address. */
const discoveredFirst = (a: InventoryHost, b: InventoryHost): number =>
  Number(b.discovered === true) - Number(a.discovered === true)

/** Variables of recipes that do not exist, or that a host does not run: they would be ignored silently. */
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
      // An unknown role has been reported already; it might have had these recipes.
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

/** With a misnamed host or role, a recipe would count its members wrongly and report false mistakes. */
const isMisnamed = (faults: readonly Fault[], unwritten: readonly ToFillIn[]): boolean =>
  unwritten.some(({ path }) => path[0] === 'hosts' && path[2] !== 'vars') ||
  faults.some(({ path }) => isUnder(path, ['hosts']) && (path.length < 3 || path[2] === 'roles'))

/**
 * Parses an inventory. Pure, except for secrets.
 * @throws InventoryError with every mistake, InventoryFileError if the text is not JSON
 */
export function parseInventory(source: string, options: ParseOptions): Cluster {
  checkArgument('parseInventory', 'its first argument', source, 'text!')
  checkOptions('parseInventory', options, OPTIONS)
  const {
    path,
    roles,
    roleNames = [...roles.keys()],
    secrets = localSecrets(dirname(path)),
    extraVars = {},
    unfilled = false,
    withoutVars = false,
    ledger,
  } = options
  const file = basename(path)
  const json = readJson(source)
  if ('wrong' in json) {
    const { line, column, message, excerpt } = json.wrong
    throw new InventoryFileError(`${file} is not JSON: line ${line}, column ${column}: ${message}\n${excerpt}`)
  }
  const whole = withDiscovered(writeOut(json.value), ledger)
  const raw = object(whole.value)
  const unwritten = toFillIn(json.value)
  const blanks = grouped(unwritten, ({ path }) => recipeAt(path))
  const { discovered, leaving } = whole
  const folder = dirname(path)
  const context = { raw, folder, roles, roleNames, secrets, extraVars, withoutVars, ledger, discovered, blanks }
  const read = Object.keys(at(raw, 'hosts')).map((name) => readHost(name, context))
  const hosts = read.flatMap(({ host }) => (leaving.has(host.name) ? [] : [host]))
  const gone = read.flatMap(({ host }) => (leaving.has(host.name) ? [host] : []))
  const faults: Fault[] = [
    ...json.faults,
    ...check(fileSchema, json.value).faults,
    ...cloudFaults(raw, ledger),
    ...discoverFaults(raw, roles, roleNames),
    ...read.flatMap((each) => each.faults),
    ...duplicates([...hosts].sort(discoveredFirst), raw),
    ...jumpFaults(hosts),
    ...(withoutVars ? [] : strayVars(raw, hosts, roles, roleNames)),
  ]

  const order = documentOrder(json.value)
  const written = [...whole.faults, ...faults.map((fault) => ({ ...fault, path: whole.back(fault.path) }))]
  const mistakes: Mistake[] = withPlaces(written, unwritten, !unfilled)
    .sort((a, b) => order(a.path, b.path))
    .map((fault) => ({ path: showPath(fault.path), message: fault.message }))
  const cluster = makeCluster(hosts, roles, accountIn(raw, folder), gone)
  if (!withoutVars && !isMisnamed(faults, unwritten)) {
    const wrong = read.flatMap((each) => each.wrong)
    mistakes.push(...recipesMistakes(cluster, wrong).map(whole.told))
  }
  const distinct = [...new Map(mistakes.map((m) => [`${m.path}\0${m.message}`, m])).values()]
  if (distinct.length > 0) throw new InventoryError(file, distinct)
  return cluster
}
