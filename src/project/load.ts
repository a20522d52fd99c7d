import { existsSync } from 'node:fs'
import { readFile } from 'node:fs/promises'
import { basename, dirname, join, relative, resolve } from 'node:path'
import { type Ledger, ledgerPath, parseLedger } from '../inventory/cloud/ledger.ts'
import { InventoryError, InventoryFileError } from '../inventory/errors.ts'
import { mentioned } from '../inventory/mentioned.ts'
import { parseInventory } from '../inventory/parse.ts'
import type { SecretSource } from '../inventory/secrets.ts'
import { checkArgument, checkOptions, type Kinds } from '../lib/check/options.ts'
import { isFolder } from '../lib/kept/folders.ts'
import { codeOf, whyUnread } from '../lib/message.ts'
import { count } from '../lib/units.ts'
import type { Cluster, Role } from '../model/recipe.ts'
import { ProjectError } from './error.ts'
import { usersFiles } from './files.ts'
import { withKept } from './kept/keep.ts'
import { type RoleFolder, rolesIn } from './roles.ts'
import { readSource } from './source/read.ts'
import type { Source } from './source/source.ts'

/** Where an inventory and its roles come from. */
export interface LoadOptions {
  /**
   * The folder of the user's own `roles/`, `recipes/` and `templates/`, which a relative inventory path is relative to;
   * default: the working directory.
   */
  readonly folder?: string
  /** Where secrets are resolved; default: this machine. */
  readonly secrets?: SecretSource
  /** Variables by recipe that override all others, on every host (`--extra-vars`). */
  readonly extraVars?: Readonly<Record<string, Readonly<Record<string, unknown>>>>
  /** Accept places that are not filled in yet: for callers that need only hosts and addresses. */
  readonly unfilled?: boolean
  /** Ignore variables: hosts have none, and none is a mistake. For callers that need only addresses. */
  readonly withoutVars?: boolean
}

const OPTIONS: Kinds<LoadOptions> = {
  folder: 'text',
  secrets: 'function',
  extraVars: 'object',
  unfilled: 'boolean',
  withoutVars: 'boolean',
}

/** The loaded roles of a user. */
interface Loaded {
  readonly roles: ReadonlyMap<string, Role>
  /** The names of all existing roles. */
  readonly names: readonly string[]
  /** Broken files that nothing asked for by name. */
  readonly broken: readonly ProjectError[]
}

/** Loads roles concurrently. Separates broken ones from the others. */
async function loadAll(names: readonly string[], load: (name: string) => Promise<Role>) {
  const settled = await Promise.allSettled(names.map(load))
  const roles = settled.flatMap((each) => (each.status === 'fulfilled' ? [each.value] : []))
  const broken = settled.flatMap((each) => (each.status === 'rejected' ? [each.reason] : []))
  const bug = broken.find((error) => !(error instanceof ProjectError))
  if (bug !== undefined) throw bug
  return { roles, broken: [...new Map((broken as ProjectError[]).map((error) => [error.message, error])).values()] }
}

/**
 * Imports only the roles that the inventory names, and the other roles if it has variables of a recipe that none of
 * those has, because one of the others may have it.
 */
async function rolesOf(source: RoleFolder, wanted: ReturnType<typeof mentioned>): Promise<Loaded> {
  const needed = wanted.roles.filter((name) => source.names.includes(name))
  const first = await loadAll(needed, source.load)
  if (first.broken.length > 0) throw first.broken.length > 1 ? new ProjectError(said(first.broken)) : first.broken[0]
  const recipes = new Set(first.roles.flatMap((role) => role.recipes.map((recipe) => recipe.name)))
  const others = wanted.recipes.some((name) => !recipes.has(name))
    ? source.names.filter((name) => !needed.includes(name))
    : []
  const { roles, broken } = await loadAll(others, source.load)
  return { roles: new Map([...first.roles, ...roles].map((role) => [role.name, role])), names: source.names, broken }
}

function rolesFor(text: string, folder: string): Promise<Loaded> {
  const users = usersFiles(folder)
  const wanted = mentioned(text)
  return withKept(users, wanted.roles, (importer) => rolesOf(rolesIn(folder, users, importer), wanted))
}

const said = (errors: readonly Error[]): string => errors.map(({ message }) => message).join('\n')

/** The default inventory: JSON, or a module if there is no JSON. */
const inventoryIn = (folder: string): string | undefined =>
  ['inventory.json', 'inventory.ts', 'inventory.js'].find((name) => existsSync(resolve(folder, name)))

/** The inventory's file; for a folder, the one inside. */
async function inventoryAt(path: string | undefined, folder: string): Promise<string> {
  if (path === undefined) return inventoryIn(folder) ?? 'inventory.json'
  const full = resolve(folder, path)
  if (!isFolder(full)) return path
  const usual = inventoryIn(full)
  if (usual !== undefined) return join(path, usual)
  return (await import('./source/folder.ts')).inventoryInFolder(full, path)
}

/** Rewrites mistakes of a converted inventory to refer to the original's lines. */
function placed(error: InventoryError, file: string, { place }: Source): InventoryError {
  if (place === undefined || error.mistakes.length === 0) return error
  const same = new Map<string, { readonly path: string; readonly message: string; times: number }>()
  for (const { path, message } of error.mistakes) {
    const at = place(path)
    const told = at ? `${message} (${at})` : message
    // A group's variable is written once, but wrong on each of its hosts.
    const key = at ? told : `${path} ${told}`
    const before = same.get(key)
    if (before) before.times++
    else same.set(key, { path, message: told, times: 1 })
  }
  const mistakes = [...same.values()].map(({ path, message, times }) => {
    const others = times > 1 ? `; ${count(times - 1, 'other host')} as well` : ''
    return { path, message: `${message}${others}` }
  })
  return new InventoryError(basename(file), mistakes)
}

/** The known instances, if hosts are in a cloud. @throws InventoryFileError if the ledger is unusable */
async function ledgerOf(file: string, text: string): Promise<Ledger | undefined> {
  if (!text.includes('"cloud"')) return undefined
  const path = ledgerPath(file)
  const found = await readFile(path, 'utf8').catch((error: unknown) => {
    if (codeOf(error) === 'ENOENT') return undefined
    throw new InventoryFileError(`${basename(path)} cannot be read: ${whyUnread(error)}`)
  })
  return found === undefined ? undefined : parseLedger(found, basename(path))
}

/** Which roles that are missed lie beside the inventory, in another folder than the one that roles are read from. */
function elsewhere(text: string, names: readonly string[], file: string, folder: string): readonly string[] {
  const beside = dirname(file)
  const there = [...usersFiles(beside).roles].filter(([name]) => !names.includes(name))
  const wanted = new Set(mentioned(text).roles)
  const [missed] = there.filter(([name]) => wanted.has(name))
  if (missed === undefined) return []
  const at = relative(folder, beside)
  return [
    `${join(at, 'roles', basename(missed[1]))} is not read: provision reads the roles of the folder that it runs in. Run it in ${at}.`,
  ]
}

/** The inventory's file, or the default one. */
export const inventoryFile = async (path: string | undefined, folder: string): Promise<string> =>
  resolve(folder, await inventoryAt(path, folder))

/**
 * Reads an inventory and the roles it names.
 * @param path JSON, a module, a program that prints JSON, an Ansible inventory, or a folder with one of these
 * @throws InventoryError, InventoryFileError, ProjectError
 */
export async function loadInventory(path?: string, options: LoadOptions = {}): Promise<Cluster> {
  checkArgument('loadInventory', 'its first argument', path, 'text')
  checkOptions('loadInventory', options, OPTIONS)
  const { folder = process.cwd(), secrets, extraVars, unfilled, withoutVars } = options
  const shown = await inventoryAt(path, folder)
  const file = resolve(folder, shown)
  const source = await readSource(file, shown, folder)
  const [{ roles, names, broken }, ledger] = await Promise.all([
    rolesFor(source.text, folder),
    ledgerOf(file, source.text),
  ])
  const more = {
    ...(secrets ? { secrets } : {}),
    ...(extraVars ? { extraVars } : {}),
    ...(unfilled ? { unfilled } : {}),
    ...(withoutVars ? { withoutVars } : {}),
  }
  try {
    return parseInventory(source.finish?.(roles) ?? source.text, {
      path: file,
      roles,
      roleNames: names,
      ledger,
      ...more,
    })
  } catch (error) {
    if (!(error instanceof InventoryError)) throw error
    const told = placed(error, file, source)
    // An unknown name may be defined in a file that is broken.
    const more = [...broken.map(({ message }) => message), ...elsewhere(source.text, names, file, folder)]
    told.message = [told.message, ...more].join('\n')
    throw told
  }
}
