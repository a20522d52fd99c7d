import { readFile } from 'node:fs/promises'
import { resolve } from 'node:path'
import { InventoryError, InventoryFileError } from '../inventory/errors.ts'
import { mentioned } from '../inventory/mentioned.ts'
import { parseInventory } from '../inventory/parse.ts'
import type { SecretSource } from '../inventory/secrets.ts'
import { utf8 } from '../lib/bytes.ts'
import { codeOf, whyUnreadable } from '../lib/message.ts'
import type { Cluster, Role } from '../model/recipe.ts'
import { ProjectError } from './error.ts'
import { usersFiles } from './files.ts'
import { withKept } from './kept/keep.ts'
import { type RoleFolder, rolesIn } from './roles.ts'

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
}

async function read(path: string, shown: string): Promise<string> {
  try {
    const text = utf8(await readFile(path))
    if (text === undefined) throw new InventoryFileError(`${shown} is not UTF-8 text`)
    return text
  } catch (error) {
    if (error instanceof InventoryFileError) throw error
    if (codeOf(error) === 'ENOENT')
      throw new InventoryFileError(`there is no ${shown} here: make one, or name another with -i FILE`)
    throw new InventoryFileError(`${shown} cannot be read: ${whyUnreadable(error)}`)
  }
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
 * Only what the inventory names is imported; the other roles where it has variables of a recipe that none of those has:
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

/**
 * Reads an inventory and the roles it names.
 * @throws InventoryError, InventoryFileError, ProjectError
 */
export async function loadInventory(
  path = 'inventory.json',
  { folder = process.cwd(), secrets, extraVars, unfilled }: LoadOptions = {},
): Promise<Cluster> {
  const file = resolve(folder, path)
  const text = await read(file, path)
  const { roles, names, broken } = await rolesFor(text, folder)
  const more = {
    ...(secrets ? { secrets } : {}),
    ...(extraVars ? { extraVars } : {}),
    ...(unfilled ? { unfilled } : {}),
  }
  try {
    return parseInventory(text, { path: file, roles, roleNames: names, ...more })
  } catch (error) {
    // What is not known may be in a file that cannot be loaded.
    if (error instanceof InventoryError && broken.length > 0) error.message += `\n${said(broken)}`
    throw error
  }
}
