import { isUnicode } from '../report/terminal/look.ts'
import { clean } from '../report/terminal/text.ts'
import type { Io } from './io.ts'

/** Errors that are somebody's mistake, by name: their message says all, in one sentence or several lines. */
const MISTAKES = new Set([
  'UsageError',
  'InventoryError',
  'InventoryFileError',
  'SelectionError',
  'AppFileError',
  'ImageFileError',
  'ProjectError',
  'PlanFileError',
  'SandboxError',
  'TransportError',
  'RecipeError',
])

/** What is printed for an error, and the exit code: 3 for a mistake of the user's; 70 (sysexits.h, EX_SOFTWARE), with the stack, for one of ours. */
export function explain(error: unknown, io: Pick<Io, 'env'>): { readonly text: string; readonly code: number } {
  const look = { unicode: isUnicode(io.env) }
  const lines = (text: string): string =>
    text
      .split('\n')
      .map((line) => `${clean(line, look)}\n`)
      .join('')
  if (error instanceof Error && MISTAKES.has(error.name))
    return { text: lines(`${error.name === 'UsageError' ? 'provision: ' : ''}${error.message}`), code: 3 }
  const stack = error instanceof Error ? (error.stack ?? error.message) : String(error)
  return { text: lines(`${stack}\nThis is a bug in provision, not a mistake of yours. Please report it with the lines above.`), code: 70 }
}
