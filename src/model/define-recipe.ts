import { type GenericSchema, object } from 'valibot'
import { recipeFault, roleFault } from './check-recipe.ts'
import type { Recipe, Role } from './recipe.ts'
import { keepPlace, RecipeError } from './recipe-error.ts'

const NONE = object({})

/** A recipe as its author writes it: `attributes` may be left out if the recipe has none. */
export type RecipeInput<Schema extends GenericSchema> = Omit<Recipe<Schema>, 'attributes'> & {
  readonly attributes?: Schema
}

/** Defines a recipe, and types `resources` by its attributes. @throws RecipeError */
export function defineRecipe<Schema extends GenericSchema = typeof NONE>(recipe: RecipeInput<Schema>): Recipe {
  const fault = recipeFault(recipe)
  if (fault !== undefined) throw new RecipeError(fault)
  return Object.freeze(keepPlace({ ...recipe, attributes: recipe.attributes ?? NONE })) as unknown as Recipe
}

/** Defines a role. @throws RecipeError */
export function defineRole(role: {
  readonly name: string
  readonly recipes: readonly Recipe[]
  readonly after?: readonly string[]
}): Role {
  const fault = roleFault(role)
  if (fault !== undefined) throw new RecipeError(fault)
  const recipes = role.recipes.map((recipe) => (recipe.attributes === undefined ? defineRecipe(recipe) : recipe))
  return Object.freeze({ after: [], ...role, recipes })
}
