import { existsSync, statSync } from 'node:fs'
import { readFile } from 'node:fs/promises'
import { basename, resolve } from 'node:path'
import { type Ledger, ledgerPath, parseLedger } from '../inventory/cloud/ledger.ts'
import { InventoryError, InventoryFileError } from '../inventory/errors.ts'
import { mentioned } from '../inventory/mentioned.ts'
import { parseInventory } from '../inventory/parse.ts'
import type { SecretSource } from '../inventory/secrets.ts'
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
   * The folder of the user's own `roles/`, `recipes/` and `templates/`, and where a relative inventory path starts;
   * default: the working directory.
   */
  readonly folder?: string
  /** Where secrets come from; default: this machine. */
  readonly secrets?: SecretSource
  /** Variables by recipe that win over all others, on every host (`--extra-vars`). */
  readonly extraVars?: Readonly<Record<string, Readonly<Record<string, unknown>>>>
  /** Places that are still to be filled in are no mistakes: for who asks only for hosts and addresses. */
  readonly unfilled?: boolean
  /** Variables are not looked at: hosts have none, and none is a mistake. For who asks only for addresses. */
  readonly withoutVars?: boolean
}

/** What was loaded of a user's roles. */
interface Loaded {
  readonly roles: ReadonlyMap<string, Role>
  /** The names of all roles that there are. */
  readonly names: readonly string[]
  /** Files that nothing asked for by name, and that cannot be loaded. */
  readonly broken: readonly ProjectError[]
}

/** Loads roles side by side. Those that are broken are told apart from the others. */
async function loadAll(names: readonly string[], load: (name: string) => Promise<Role>) {
  const settled = await Promise.allSettled(names.map(load))
  const roles = settled.flatMap((each) => (each.status === 'fulfilled' ? [each.value] : []))
  const broken = settled.flatMap((each) => (each.status === 'rejected' ? [each.reason] : []))
  const bug = broken.find((error) => !(error instanceof ProjectError))
  if (bug !== undefined) throw bug
  return { roles, broken: [...new Map((broken as ProjectError[]).map((error) => [error.message, error])).values()] }
}

/**
 * Only what the inventory names is imported; the other roles if it has variables of a recipe that none of those has:
 * it may be one of theirs.
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

/** The inventory that is meant where none is named: JSON, or a module where there is no JSON. */
const inventoryIn = (folder: string): string =>
  ['inventory.json', 'inventory.ts', 'inventory.js'].find((name) => existsSync(resolve(folder, name))) ??
  'inventory.json'

/** The file that is meant, where a folder is named. */
async function inventoryAt(path: string, folder: string): Promise<string> {
  const full = resolve(folder, path)
  if (!statSync(full, { throwIfNoEntry: false })?.isDirectory()) return path
  return (await import('./source/folder.ts')).inventoryInFolder(full, path)
}

/** Mistakes as they are told where the inventory was made from something else, whose lines people know. */
function placed(error: InventoryError, file: string, { place }: Source): InventoryError {
  if (place === undefined || error.mistakes.length === 0) return error
  const same = new Map<string, { readonly path: string; readonly message: string; times: number }>()
  for (const { path, message } of error.mistakes) {
    const at = place(path)
    const told = at ? `${message} (${at})` : message
    // A group's variable is written once, and wrong at each of its hosts.
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

/** What is known of the instances, where hosts are in a cloud. @throws InventoryFileError if its file cannot be used */
async function ledgerOf(file: string, text: string): Promise<Ledger | undefined> {
  if (!text.includes('"cloud"')) return undefined
  const path = ledgerPath(file)
  const found = await readFile(path, 'utf8').catch((error: unknown) => {
    if (codeOf(error) === 'ENOENT') return undefined
    throw new InventoryFileError(`${basename(path)} cannot be read: ${whyUnread(error)}`)
  })
  return found === undefined ? undefined : parseLedger(found, basename(path))
}

/** The inventory's file, as it is found where none is named. */
export const inventoryFile = async (path: string | undefined, folder: string): Promise<string> =>
  resolve(folder, await inventoryAt(path ?? inventoryIn(folder), folder))

/**
 * Reads an inventory and the roles it names.
 * @param path JSON, a module, a program that prints JSON, an inventory of Ansible's, or a folder with one of these
 * @throws InventoryError, InventoryFileError, ProjectError
 */
export async function loadInventory(
  path?: string,
  { folder = process.cwd(), secrets, extraVars, unfilled, withoutVars }: LoadOptions = {},
): Promise<Cluster> {
  const shown = await inventoryAt(path ?? inventoryIn(folder), folder)
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
    // What is not known may be in a file that cannot be loaded.
    if (broken.length > 0) told.message += `\n${said(broken)}`
    throw told
  }
}
