import { brief } from '../lib/message.ts'
import { UserError } from '../lib/user-error.ts'
import { isUnicode } from '../report/terminal/look.ts'
import { clean } from '../report/terminal/text.ts'
import type { Io } from './io.ts'
import { UsageError } from './usage-error.ts'

/**
 * The message for an error, and the exit code: 3 for the user's mistakes; 70 (sysexits.h, EX_SOFTWARE), with the stack,
 * for bugs.
 */
export function explain(error: unknown, io: Pick<Io, 'env'>): { readonly text: string; readonly code: number } {
  const look = { unicode: isUnicode(io.env) }
  const lines = (text: string): string =>
    text
      .split('\n')
      .map((line) => `${clean(line, look)}\n`)
      .join('')
  if (error instanceof UserError)
    return { text: lines(`${error instanceof UsageError ? 'provision: ' : ''}${brief(error.message)}`), code: 3 }
  const stack = error instanceof Error ? (error.stack ?? error.message) : String(error)
  return {
    text: lines(`${stack}\nThis is a bug in provision, not a mistake of yours. Please report it with the lines above.`),
    code: 70,
  }
}
