import type { Fault } from '../../../lib/check.ts'
import { type Json, list, object } from '../../../lib/json.ts'
import type { Path } from '../../../lib/json-path.ts'

/**
 * What Marathon 1.11 refuses, or answers with an error 500, although each value is of the right type. Pure; a value of
 * the wrong type counts as absent.
 */
export interface MarathonRule {
  /** The members of the app that it reads: it says nothing if one of them has a mistake. */
  readonly reads: readonly string[]
  find(app: Json): readonly Fault[]
}

/** One mistake. */
export const wrong = (path: Path, message: string): readonly Fault[] => [{ path, message }]

/** A mistake, if something is so. */
export const wrongIf = (is: boolean, path: Path, message: string): readonly Fault[] => (is ? wrong(path, message) : [])

/** The objects of a list. */
export const objects = (value: unknown): readonly Json[] => list(value).map(object)

/** The first values that an earlier one equals, each with its index. */
export const repeated = <Value>(values: readonly Value[]): readonly (readonly [index: number, value: Value])[] =>
  values.flatMap((value, i) => (values.indexOf(value) < i ? [[i, value] as const] : []))
