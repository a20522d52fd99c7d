import type { Look } from './text.ts'

/** What is known of a stream: whether it is a terminal, and its size. */
export interface Terminal {
  readonly isTTY?: boolean
  readonly columns?: number
  readonly rows?: number
}

/**
 * The size of a terminal for repainting. A terminal without a known size (0, as on a serial line) counts as 80 by 24.
 */
export const sizeOf = ({ columns, rows }: Terminal): { readonly columns: number; readonly rows: number } => ({
  columns: columns || 80,
  rows: rows || 24,
})

type Env = Readonly<Record<string, string | undefined>>

/** Is the locale UTF-8? Decided by the first of LC_ALL, LC_CTYPE and LANG that is set (POSIX, 8.2); if none is, no. */
export function isUnicode(env: Env): boolean {
  return /utf-?8/i.test(env.LC_ALL || env.LC_CTYPE || env.LANG || '')
}

/**
 * Use colour? `--no-color` and NO_COLOR (no-color.org) turn it off, FORCE_COLOR turns it on (`0`: off); otherwise
 * terminals get it, except dumb ones.
 */
function isColoured(stream: Terminal, env: Env, wanted?: boolean): boolean {
  if (wanted !== undefined) return wanted
  if (env.FORCE_COLOR !== undefined) return env.FORCE_COLOR !== '0' && env.FORCE_COLOR !== 'false'
  return !env.NO_COLOR && stream.isTTY === true && env.TERM !== 'dumb'
}

/** Can lines be repainted in place? */
export const isLive = (stream: Terminal, env: Env): boolean => stream.isTTY === true && env.TERM !== 'dumb' && !env.CI

/** The look of text on a stream. */
export function lookOf(stream: Terminal, env: Env, colour?: boolean): Look {
  return {
    columns: stream.isTTY ? stream.columns || 80 : Number.POSITIVE_INFINITY,
    unicode: isUnicode(env),
    colour: isColoured(stream, env, colour),
  }
}
