import type { Role } from '../../model/recipe.ts'

/** An inventory, whatever it was made from. */
export interface Source {
  /** As JSON. */
  readonly text: string
  /** The same when its roles are known. */
  finish?(roles: ReadonlyMap<string, Role>): string
  /** Where something is written that has another path there: `line 3`. */
  place?(path: string): string | undefined
}
