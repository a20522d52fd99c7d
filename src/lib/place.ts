import { fileURLToPath } from 'node:url'

/** Where this program's own modules are: `src/`, or `dist/src/` with the bundle in it. */
const OURS = new URL('..', import.meta.url).href

/** A place in a file. */
export interface Place {
  /** An absolute path. */
  readonly file: string
  readonly line: number
}

/** The places that a stack names, from the innermost on; none of Node's own. */
export function placesIn(error: unknown): readonly Place[] {
  const stack = error instanceof Error ? (error.stack ?? '') : ''
  return [...stack.matchAll(/^ *at (?:[^(\n]* \()?(?:async )?((?:file:\/\/)?\/.+?):(\d+):\d+\)?$/gm)].map(
    ([, path = '', line]) => ({
      file: path.startsWith('file:') ? fileURLToPath(path.replace(/[?#].*$/, '')) : path,
      line: Number(line),
    }),
  )
}

/** Is the file one of this program? */
export const isOurs = (file: string): boolean => file.startsWith(fileURLToPath(OURS))

/** Where in a user's file something was thrown: the first place that is not of this program or of a library. */
export const usersPlace = (error: unknown): Place | undefined =>
  placesIn(error).find(({ file }) => !isOurs(file) && !file.includes('/node_modules/'))
