import { relative } from 'node:path'
import { recipeFault, roleFault } from '../model/check-recipe.ts'
import { defineRecipe, defineRole } from '../model/define-recipe.ts'
import type { Recipe, Role } from '../model/recipe.ts'
import { builtInRoles } from './built-in.ts'
import { ProjectError } from './error.ts'
import { type Users, usersFiles } from './files.ts'
import { type Importer, usersModules } from './import.ts'

const isRole = (value: unknown): value is Role => typeof value === 'object' && value !== null && 'recipes' in value
const isRecipe = (value: unknown): value is Recipe =>
  typeof value === 'object' && value !== null && 'resources' in value

/** Defines a role or recipe, even if the file exports a plain object. @throws ProjectError */
function sound<T>(value: T, fault: string | undefined, define: (value: T) => T, file: string): T {
  if (fault !== undefined) throw new ProjectError(`${file}: ${fault}`)
  return Object.isFrozen(value) ? value : define(value)
}

/** The export of a module that has the file's name, or the reason why there is none. */
function pick<T extends { readonly name: string }>(
  module: object,
  is: (v: unknown) => v is T,
  kind: string,
  name: string,
  file: string,
): T {
  const found = [...new Set(Object.values(module))].filter(is)
  const right = found.find((each) => each.name === name)
  if (right) return right
  const define = `export const ${name.replace(/-(.)/g, (_, c: string) => c.toUpperCase())} = define${kind === 'role' ? 'Role' : 'Recipe'}({ name: '${name}', … })`
  if (found.length === 0) throw new ProjectError(`${file} exports no ${kind}: ${define}`)
  throw new ProjectError(
    `${file} defines the ${kind} "${found[0]?.name}": give it the name "${name}", or the file its name`,
  )
}

/**
 * The roles available in a folder: the user's own in `roles/`, which override built-in ones of the same name, and the
 * built-in ones.
 */
export interface RoleFolder {
  readonly names: readonly string[]
  /** @throws ProjectError if a user's file is broken: one sentence with file and line */
  load(name: string): Promise<Role>
}

/**
 * Finds roles, without importing them. In built-in roles, a recipe in the user's `recipes/` replaces the built-in one
 * of the same name.
 */
export function rolesIn(
  cwd: string,
  users: Users = usersFiles(cwd),
  importer: Importer = usersModules().import,
): RoleFolder {
  const builtIn = builtInRoles()
  const usersOwn = async <T extends { readonly name: string }>(
    file: string,
    is: (v: unknown) => v is T,
    kind: string,
    name: string,
  ): Promise<T> =>
    pick(await importer(file, users.folder, users.typescript), is, kind, name, relative(users.folder, file))
  return {
    names: [...new Set([...builtIn.keys(), ...users.roles.keys()])].sort(),
    async load(name) {
      const own = users.roles.get(name)
      if (own) {
        const role = await usersOwn(own, isRole, 'role', name)
        return sound(role, roleFault(role), defineRole, relative(users.folder, own))
      }
      const module = builtIn.get(name)
      if (!module) throw new RangeError(`there is no role "${name}"`)
      const role = pick(await module(), isRole, 'role', name, `the built-in roles/${name}`)
      const recipes = role.recipes.map(async (recipe) => {
        const replacement = users.recipes.get(recipe.name)
        if (replacement === undefined) return recipe
        const own = await usersOwn(replacement, isRecipe, 'recipe', recipe.name)
        return sound(own, recipeFault(own), defineRecipe, relative(users.folder, replacement))
      })
      return { ...role, recipes: await Promise.all(recipes) }
    },
  }
}
