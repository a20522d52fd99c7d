import { realpathSync } from 'node:fs'
import { basename, dirname, relative } from 'node:path'
import { InventoryError } from '../../inventory/errors.ts'
import { type Path, showPath } from '../../lib/json-path.ts'
import type { Mistake } from '../../model/recipe.ts'
import { broken, ProjectError } from '../error.ts'
import { type Users, usersFiles } from '../files.ts'
import { unending } from '../import.ts'
import { withKept } from '../kept/keep.ts'
import type { Source } from './source.ts'

/** Is it a class, which cannot be called as a function is? */
const isClass = (value: unknown): boolean =>
  typeof value === 'function' && /^class\b/.test(Function.prototype.toString.call(value))

const nameOf = (value: object): string => Object.prototype.toString.call(value).slice(8, -1)

/** Values that JSON lacks, and would silently drop or change. */
function mistakesIn(value: unknown, path: Path, within: readonly object[] = []): Mistake[] {
  const wrong = (message: string): Mistake[] => [{ path: showPath(path), message }]
  if (value === null || value === undefined || typeof value === 'string' || typeof value === 'boolean') return []
  if (typeof value === 'number') return Number.isFinite(value) ? [] : wrong(`is ${value}, which JSON cannot express`)
  if (typeof value !== 'object') return wrong(`is a ${typeof value}, which JSON cannot express`)
  if (within.includes(value)) return wrong('contains itself')
  const inside = [...within, value]
  if (Array.isArray(value))
    return value.flatMap((each, i) =>
      each === undefined
        ? [{ path: showPath([...path, i]), message: 'is undefined' }]
        : mistakesIn(each, [...path, i], inside),
    )
  const kind = nameOf(value)
  if (kind !== 'Object' && kind !== 'Module')
    return wrong(`is a ${kind}, which JSON cannot express${kind === 'Promise' ? '; await it' : ''}`)
  return Object.entries(value).flatMap(([key, each]) => mistakesIn(each, [...path, key], inside))
}

/** The user's files that include the module: those of the project if it is inside, otherwise its own folder's. */
function usersOf(file: string, folder: string): Users {
  const project = usersFiles(folder)
  const inside = !relative(project.folder, file).startsWith('..')
  return {
    folder: inside ? project.folder : dirname(file),
    roles: new Map(),
    recipes: new Map([[basename(file), file]]),
    typescript: /ts$/.test(file) || project.typescript,
  }
}

/** A module's export, called if it is a function. */
async function inventoryOf(exported: unknown, shown: string): Promise<unknown> {
  const waiting = unending(`${shown}: the inventory that it promises does not come`)
  try {
    return await Promise.race([typeof exported === 'function' ? exported() : exported, waiting.failed])
  } finally {
    waiting.stop()
  }
}

/**
 * An inventory in TypeScript or JavaScript: an object, a promise of one, or a function that returns either.
 * @throws ProjectError, InventoryError
 */
export async function fromModule(path: string, folder: string): Promise<Source> {
  const file = realpathSync(path)
  const users = usersOf(file, folder)
  const shown = relative(users.folder, file)
  const { module } = await withKept(users, [`inventory ${file}`], async (importer) => ({
    module: await importer(file, users.folder, users.typescript),
    broken: [],
  }))
  const exported = module.default ?? module.inventory
  if (exported === undefined)
    throw new ProjectError(`${shown} exports no inventory: export default defineInventory({ hosts: { … } })`)
  if (isClass(exported))
    throw new ProjectError(
      `${shown} exports a class: export an object { hosts: { … } }, or a function that returns one`,
    )
  try {
    const value = await inventoryOf(exported, shown)
    if (typeof value !== 'object' || value === null || Array.isArray(value)) {
      const what = typeof exported === 'function' ? 'gives' : 'exports'
      throw new ProjectError(`${shown} ${what} no inventory, which is an object: { hosts: { … } }`)
    }
    // A getter in it may throw.
    const mistakes = mistakesIn(value, [])
    if (mistakes.length > 0) throw new InventoryError(basename(file), mistakes)
    return { text: JSON.stringify(value) }
  } catch (error) {
    throw error instanceof ProjectError || error instanceof InventoryError ? error : broken(file, error, users.folder)
  }
}
