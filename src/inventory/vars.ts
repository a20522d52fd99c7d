import { check, type Fault } from '../lib/check.ts'
import { isObject } from '../lib/json.ts'
import type { Path } from '../lib/json-path.ts'
import { UserError } from '../lib/user-error.ts'
import type { Recipe } from '../model/recipe.ts'
import { thrownBy } from '../model/recipe-error.ts'

/** One recipe's variables, from one place in the inventory. */
export interface Layer {
  /** The place: `['roles', 'zookeeper', 'vars', 'zookeeper']`. */
  readonly path: Path
  readonly vars: Readonly<Record<string, unknown>>
}

/** Validates variables with a recipe's schema. @throws RecipeError if one of its checks or transformations throws */
function checked(recipe: Recipe, vars: Readonly<Record<string, unknown>>): ReturnType<typeof check> {
  try {
    return check(recipe.attributes, vars)
  } catch (error) {
    if (error instanceof UserError) throw error
    throw thrownBy(recipe, error, 'attributes')
  }
}

/**
 * One recipe's variables on one host: later layers win, attribute by attribute (objects and lists are replaced whole),
 * then the recipe's schema checks them and adds defaults. A fault's path is where the attribute was written; an
 * attribute that was written nowhere is reported as missing from `home`.
 */
export function resolveVars(
  recipe: Recipe,
  layers: readonly Layer[],
  home: Path,
): { faults: Fault[]; vars: Readonly<Record<string, unknown>> } {
  const written = layers.flatMap(({ path, vars }) =>
    Object.entries(vars).map(([name, value]) => ({ name, value, path })),
  )
  const origin = new Map(written.map(({ name, path }) => [name, path]))
  const merged: Readonly<Record<string, unknown>> = Object.fromEntries(written.map(({ name, value }) => [name, value]))
  const { faults, output } = checked(recipe, merged)
  return {
    faults: faults.map(({ path, message }) => ({ path: [...(origin.get(String(path[0])) ?? home), ...path], message })),
    vars: isObject(output) ? output : merged,
  }
}
