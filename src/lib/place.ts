import { fileURLToPath } from 'node:url'

/** The folder of this program's own modules: `src/`, or `dist/src/` with the bundle in it. */
const OURS = new URL('..', import.meta.url).href

/** A line in a file. */
export interface Place {
  /** An absolute path. */
  readonly file: string
  readonly line: number
}

/** The places in an error's stack, innermost first, without Node's own. */
export function placesIn(error: unknown): readonly Place[] {
  const stack = error instanceof Error ? (error.stack ?? '') : ''
  return [...stack.matchAll(/^ *at (?:[^(\n]* \()?(?:async )?((?:file:\/\/)?\/.+?):(\d+):\d+\)?$/gm)].map(
    ([, path = '', line]) => ({
      file: path.startsWith('file:') ? fileURLToPath(path.replace(/[?#].*$/, '')) : path,
      line: Number(line),
    }),
  )
}

/** Is the file part of this program? */
export const isOurs = (file: string): boolean => file.startsWith(fileURLToPath(OURS))

/** The place in a user's file where an error was thrown: the innermost one outside this program and the libraries. */
export const usersPlace = (error: unknown): Place | undefined =>
  placesIn(error).find(({ file }) => !isOurs(file) && !file.includes('/node_modules/'))
