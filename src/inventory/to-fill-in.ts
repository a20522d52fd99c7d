import type { Fault } from '../lib/check.ts'
import { isUnder, type Path } from '../lib/json-path.ts'

/** The prefix of a placeholder; the text after it says what to write. */
export const MARK = 'FILL IN: '

/** A placeholder in an inventory. */
export interface ToFillIn {
  readonly path: Path
  readonly wanted: string
}

/** All placeholders in a document, in its order. */
export function toFillIn(value: unknown, path: Path = []): readonly ToFillIn[] {
  if (typeof value === 'string') return value.startsWith(MARK) ? [{ path, wanted: value.slice(MARK.length) }] : []
  if (Array.isArray(value)) return value.flatMap((each, i) => toFillIn(each, [...path, i]))
  if (typeof value !== 'object' || value === null) return []
  return Object.entries(value).flatMap(([key, each]) => toFillIn(each, [...path, key]))
}

/** The recipe whose variables a path is in. */
export const recipeAt = (path: Path): string | undefined => {
  const at = path.indexOf('vars')
  return at < 0 || path[at + 2] === undefined ? undefined : String(path[at + 1])
}

/** Is a fault caused only by a placeholder? A fault of a whole variable may be due to a placeholder inside it. */
const isOf = (fault: Fault, { path }: ToFillIn): boolean =>
  isUnder(fault.path, path) || (recipeAt(fault.path) !== undefined && isUnder(path, fault.path))

/** Faults, with one fault per placeholder in place of those that it causes. */
export const withPlaces = (faults: readonly Fault[], places: readonly ToFillIn[], named: boolean): Fault[] => [
  ...faults.filter((fault) => !places.some((place) => isOf(fault, place))),
  ...(named ? places.map(({ path, wanted }) => ({ path, message: `is still to be filled in: ${wanted}` })) : []),
]
