import { isAbsolute, resolve } from 'node:path'
import type { Fault } from '../lib/check.ts'
import { didYouMean } from '../lib/did-you-mean.ts'
import { type Json, object } from '../lib/json.ts'
import type { Path } from '../lib/json-path.ts'
import { oneLine } from '../lib/message.ts'
import type { InventoryHost } from '../model/host.ts'
import type { Recipe, Role } from '../model/recipe.ts'
import { recipesOf } from '../model/recipes-of.ts'
import type { SshSettings } from '../transport/transport.ts'
import type { Ledger } from './cloud/ledger.ts'
import { placed } from './cloud/ledger-host.ts'
import { cloudOf, hostCloudFaults } from './cloud/merge.ts'
import type { WrongVariable } from './recipes-mistakes.ts'
import { type SecretSource, withSecrets } from './secrets.ts'
import { type Layer, resolveVars } from './vars.ts'

// Looks for all mistakes, even after others were found: a value of the wrong type counts as absent.
/** The object at a path; empty if there is none. */
export const at = (value: unknown, ...path: string[]): Json =>
  path.reduce<Json>((inner, key) => object(inner[key]), object(value))
const names = (value: unknown): string[] => (Array.isArray(value) ? value.filter((v) => typeof v === 'string') : [])

/** What reading the hosts of an inventory needs. */
export interface HostContext {
  /** The file, with expanded host ranges. */
  readonly raw: Json
  /** Where relative paths start. */
  readonly folder: string
  readonly roles: ReadonlyMap<string, Role>
  readonly roleNames: readonly string[]
  readonly secrets: SecretSource
  readonly extraVars: Readonly<Record<string, Json>>
  readonly withoutVars: boolean
  readonly ledger: Ledger | undefined
  /** Hosts whose instances others launched. */
  readonly discovered: ReadonlySet<string>
  /** The places that are not filled in yet, by recipe. */
  readonly blanks: ReadonlyMap<string | undefined, readonly { readonly path: Path }[]>
}

/** A host, and the mistakes in its entry. */
export interface ReadHost {
  readonly host: InventoryHost
  readonly faults: readonly Fault[]
  /** Variables with unknown values. */
  readonly wrong: readonly WrongVariable[]
}

function roleFaults(name: string, raw: Json, known: ReadonlyMap<string, Role>, names: readonly string[]): Fault[] {
  const list: unknown[] = Array.isArray(raw.roles) ? raw.roles : []
  return list.flatMap((role, i) => {
    const path = ['hosts', name, 'roles', i]
    if (typeof role !== 'string') return []
    if (!known.has(role)) return [{ path, message: noSuch('role', role, names) }]
    return list.indexOf(role) < i ? [{ path, message: `names the role "${role}" again` }] : []
  })
}

/** `there is no role "web": did you mean …` */
export const noSuch = (what: string, name: string, known: Iterable<string>): string =>
  `there is no ${what} "${oneLine(name)}"${didYouMean(name, known)}`

/** SSH settings, key by key: all < role (in the host's order) < host. */
export function mergeSsh(file: Json, host: string, roles: readonly string[], folder: string): SshSettings {
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

/** A recipe's variables on a host: the file's, its roles' in order, its own, the command line's. */
function varsOf(recipe: Recipe, host: string, roles: readonly string[], context: HostContext) {
  const { raw, extraVars, secrets, blanks } = context
  const places: Path[] = [['vars'], ...roles.map((role) => ['roles', role, 'vars']), ['hosts', host, 'vars']]
  const layers = places.map(
    (place): Layer => ({ path: [...place, recipe.name], vars: at(raw, ...place.map(String), recipe.name) }),
  )
  layers.push({ path: ['--extra-vars', recipe.name], vars: at(extraVars, recipe.name) })
  const { vars, faults } = withSecrets(secrets, () => resolveVars(recipe, layers, ['hosts', host, 'vars', recipe.name]))
  const unsure = [...faults, ...(blanks.get(recipe.name) ?? [])]
  return { vars: Object.freeze(vars), faults, wrong: unsure.map(({ path }) => ({ host, recipe: recipe.name, path })) }
}

/** Reads one host. */
export function readHost(name: string, context: HostContext): ReadHost {
  const { raw, roles, folder, ledger } = context
  const written = at(raw, 'hosts', name)
  const own = names(written.roles)
  const recipes = recipesOf({ roles: own }, roles)
  const resolved = context.withoutVars
    ? []
    : recipes.map((recipe) => ({ recipe: recipe.name, ...varsOf(recipe, name, own, context) }))
  const cloud = cloudOf(raw, written, own)
  const isDiscovered = context.discovered.has(name)
  return {
    host: Object.freeze({
      name,
      ...placed(written, cloud, ledger?.hosts[name], mergeSsh(raw, name, own, folder)),
      roles: Object.freeze(own),
      vars: Object.freeze(Object.fromEntries(resolved.map(({ recipe, vars }) => [recipe, vars]))),
      ...(written.retire === true ? { retire: true as const } : {}),
      ...(isDiscovered ? { discovered: true as const } : {}),
    }),
    faults: [
      ...roleFaults(name, written, roles, context.roleNames),
      ...resolved.flatMap(({ faults }) => faults),
      ...(isDiscovered ? [] : hostCloudFaults(name, written, cloud, recipes)),
    ],
    wrong: resolved.flatMap(({ wrong }) => wrong),
  }
}
