import { commonJsFault } from '../lib/common-js.ts'
import { message } from '../lib/message.ts'
import { type Place, usersPlace } from '../lib/place.ts'
import { UserError } from '../lib/user-error.ts'

/** A mistake in a recipe, in one sentence. */
export class RecipeError extends UserError {
  override readonly name = 'RecipeError'
}

/** Holds an error that is never thrown and records where a recipe was defined. */
const DEFINED = Symbol('where it was defined')

/** Records where a recipe is defined. The stack is only parsed if there is a mistake to report. */
export const keepPlace = <T extends object>(recipe: T): T =>
  Object.defineProperty(recipe, DEFINED, { value: new Error('defined') })

/** Where it was defined, if that was kept. */
const definedAt = (what: { readonly [DEFINED]?: unknown }): Place | undefined => usersPlace(what[DEFINED])
type Named = { readonly name: string; readonly [DEFINED]?: unknown }

/**
 * A mistake in a recipe, as a sentence with file and line: where it was thrown, or else where the resource is declared
 * or the recipe defined.
 */
export function recipeMistake(recipe: Named, text: string, thrown?: unknown, resource: object = {}): RecipeError {
  const where = usersPlace(thrown) === undefined ? placeOf(resource, recipe) : shown(usersPlace(thrown))
  return new RecipeError(`recipe "${recipe.name}"${where}: ${text}`, { cause: thrown })
}

const shown = (place: Place | undefined): string =>
  place === undefined ? '' : ` (${place.file.split('/').slice(-2).join('/')}, line ${place.line})`

/** Where a resource is declared, or else its recipe: ` (recipes/web.ts, line 12)`; empty if unknown. */
export const placeOf = (resource: object, recipe: object): string => shown(definedAt(resource) ?? definedAt(recipe))

const told = (error: unknown): string => commonJsFault(error, usersPlace(error)?.file ?? '') ?? message(error)

/**
 * The error for a value that a recipe has thrown.
 * @param part the recipe's function that was called, if it is not `resources`
 */
export const thrownBy = (recipe: Named, error: unknown, part?: string): RecipeError =>
  error instanceof RecipeError
    ? error
    : recipeMistake(recipe, `${part === undefined ? '' : `${part}: `}${told(error)}`, error)

/** Is a value a promise, although none is allowed? If so, ignores its rejection. */
export function isPromise(value: unknown): boolean {
  if (typeof value !== 'object' || value === null || !('then' in value) || typeof value.then !== 'function')
    return false
  Promise.resolve(value).catch(() => undefined)
  return true
}
