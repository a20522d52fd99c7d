import type { Role } from '../../model/recipe.ts'

/** An inventory, from any format. */
export interface Source {
  /** As JSON. */
  readonly text: string
  /** The final JSON, once its roles are known. */
  finish?(roles: ReadonlyMap<string, Role>): string
  /** Where a path is written in the original: `line 3`. */
  place?(path: string): string | undefined
}
