import { readFile } from 'node:fs/promises'
import { resolve } from 'node:path'
import { InventoryFileError } from '../inventory/errors.ts'
import { mentioned } from '../inventory/mentioned.ts'
import { parseInventory } from '../inventory/parse.ts'
import type { SecretSource } from '../inventory/secrets.ts'
import type { Cluster, Role } from '../model/recipe.ts'
import { rolesIn } from './roles.ts'

/** Where an inventory and its roles come from. */
export interface LoadOptions {
  /** The folder of the user's own `roles/`, `recipes/` and `templates/`, and where a relative inventory path starts; default: the working directory. */
  readonly folder?: string
  /** Where secrets come from; default: this machine. */
  readonly secrets?: SecretSource
  /** Variables by recipe that win over all others, on every host (`--extra-vars`). */
  readonly extraVars?: Readonly<Record<string, Readonly<Record<string, unknown>>>>
}

async function read(path: string, shown: string): Promise<string> {
  try {
    return await readFile(path, 'utf8')
  } catch (error) {
    const code = (error as NodeJS.ErrnoException).code
    if (code === 'ENOENT') throw new InventoryFileError(`there is no ${shown} here: make one, or name another with -i FILE`)
    const why = code === 'EACCES' ? 'you may not read it' : code === 'EISDIR' ? 'it is a directory' : String(code)
    throw new InventoryFileError(`${shown} cannot be read: ${why}`)
  }
}

/** Only what the inventory names is imported; everything where it names what nobody knows, so that the mistake can name the nearest. */
async function rolesFor(text: string, folder: string): Promise<ReadonlyMap<string, Role>> {
  const source = rolesIn(folder)
  const roles = new Map<string, Role>()
  const load = async (names: readonly string[]): Promise<void> => {
    const loaded = await Promise.all(names.filter((name) => !roles.has(name)).map((name) => source.load(name)))
    for (const role of loaded) roles.set(role.name, role)
  }
  const wanted = mentioned(text)
  const known = wanted.roles.filter((name) => source.names.includes(name))
  await load(known)
  const recipes = new Set([...roles.values()].flatMap((role) => role.recipes.map((recipe) => recipe.name)))
  if (known.length < wanted.roles.length || wanted.recipes.some((name) => !recipes.has(name))) await load(source.names)
  return roles
}

/**
 * Reads an inventory and the roles it names.
 * @throws InventoryError, InventoryFileError, ProjectError
 */
export async function loadInventory(
  path = 'inventory.json',
  { folder = process.cwd(), secrets, extraVars }: LoadOptions = {},
): Promise<Cluster> {
  const file = resolve(folder, path)
  const text = await read(file, path)
  const roles = await rolesFor(text, folder)
  return parseInventory(text, { path: file, roles, ...(secrets ? { secrets } : {}), ...(extraVars ? { extraVars } : {}) })
}
