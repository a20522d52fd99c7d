import { message } from '../lib/message.ts'
import { usersPlace } from '../lib/place.ts'
import { UserError } from '../lib/user-error.ts'

/** A mistake in a recipe. One sentence. */
export class RecipeError extends UserError {
  override readonly name = 'RecipeError'
}

/** Where a recipe was defined: an error that nobody throws. */
const DEFINED = Symbol('where it was defined')

/** Keeps where a recipe is defined; what the caller of the caller is, only a mistake asks. */
export const keepPlace = <T extends object>(recipe: T): T =>
  Object.defineProperty(recipe, DEFINED, { value: new Error('defined') })

type Named = { readonly name: string; readonly [DEFINED]?: unknown }

/**
 * A mistake in a recipe, as a sentence with file and line: where it was thrown, or else where the recipe is defined.
 */
export function recipeMistake(recipe: Named, text: string, thrown?: unknown): RecipeError {
  const place = usersPlace(thrown) ?? usersPlace(recipe[DEFINED])
  const where = place === undefined ? '' : ` (${place.file.split('/').slice(-2).join('/')}, line ${place.line})`
  return new RecipeError(`recipe "${recipe.name}"${where}: ${text}`, { cause: thrown })
}

/** What a recipe has thrown. @param part the part of the recipe that was asked, where it is not `resources` */
export const thrownBy = (recipe: Named, error: unknown, part?: string): RecipeError =>
  error instanceof RecipeError
    ? error
    : recipeMistake(recipe, `${part === undefined ? '' : `${part}: `}${message(error)}`, error)

/** A promise where a value is wanted: what it comes to is nobody's concern any more, also where it fails. */
export function isPromise(value: unknown): boolean {
  if (typeof value !== 'object' || value === null || !('then' in value) || typeof value.then !== 'function')
    return false
  Promise.resolve(value).catch(() => undefined)
  return true
}
