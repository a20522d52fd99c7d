import type { Fault } from '../lib/check.ts'
import { isUnder, type Path } from '../lib/json-path.ts'

/** What a text begins with that stands where a person has still to write something; what that is follows. */
export const MARK = 'FILL IN: '

/** A place of an inventory that a person has still to fill in. */
export interface ToFillIn {
  readonly path: Path
  readonly wanted: string
}

/** All places of a document that are still to be filled in, in its order. */
export function toFillIn(value: unknown, path: Path = []): readonly ToFillIn[] {
  if (typeof value === 'string') return value.startsWith(MARK) ? [{ path, wanted: value.slice(MARK.length) }] : []
  if (Array.isArray(value)) return value.flatMap((each, i) => toFillIn(each, [...path, i]))
  if (typeof value !== 'object' || value === null) return []
  return Object.entries(value).flatMap(([key, each]) => toFillIn(each, [...path, key]))
}

/** The recipe whose variables a path leads into. */
export const recipeAt = (path: Path): string | undefined => {
  const at = path.indexOf('vars')
  return at < 0 || path[at + 2] === undefined ? undefined : String(path[at + 1])
}

/**
 * Is a fault only that a place is not filled in? What is wrong with the whole of a variable may be wrong for the sake
 * of a part of it.
 */
const isOf = (fault: Fault, { path }: ToFillIn): boolean =>
  isUnder(fault.path, path) || (recipeAt(fault.path) !== undefined && isUnder(path, fault.path))

/** Faults, with one for each place that is to be filled in instead of what else is wrong with it. */
export const withPlaces = (faults: readonly Fault[], places: readonly ToFillIn[], named: boolean): Fault[] => [
  ...faults.filter((fault) => !places.some((place) => isOf(fault, place))),
  ...(named ? places.map(({ path, wanted }) => ({ path, message: `is still to be filled in: ${wanted}` })) : []),
]
