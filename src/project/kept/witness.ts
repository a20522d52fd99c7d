import { createHash } from 'node:crypto'
import { readdirSync, readFileSync, realpathSync } from 'node:fs'

/**
 * How a thing on the disk is looked at: a file by its content, a folder by the names in it, a package by where it
 * really is.
 */
export type Kind = 'file' | 'folder' | 'place'

/** What things on the disk were like, by kind and path. */
export type Witnesses = Readonly<Record<string, string>>

/** The digest by which content is known again. */
export const digestOf = (bytes: Buffer): string => createHash('sha256').update(bytes).digest('base64')

const LOOK: Readonly<Record<Kind, (path: string) => string>> = {
  file: (path) => digestOf(readFileSync(path)),
  folder: (path) => digestOf(Buffer.from(readdirSync(path).sort().join('\n'))),
  place: (path) => realpathSync(path),
}

/** What a thing is like now; the system's word for it if there is none, or it cannot be read. */
function look(kind: Kind, path: string): string {
  try {
    return LOOK[kind](path)
  } catch (error) {
    return String((error as NodeJS.ErrnoException).code)
  }
}

const split = (key: string): readonly [Kind, string] => {
  const at = key.indexOf(' ')
  return [key.slice(0, at) as Kind, key.slice(at + 1)]
}

/** What a key's thing is called. */
export const pathOf = (key: string): string => split(key)[1]

/** The key under which a thing on the disk is looked at; {@link pathOf} is the way back. */
export const keyOf = (kind: Kind, path: string): string => `${kind} ${path}`

/** Looks at things. */
export const witness = (keys: Iterable<string>): Witnesses =>
  Object.fromEntries([...keys].map((key) => [key, look(...split(key))]))

/** Whether everything is as it was. */
export const unchanged = (witnesses: Witnesses): boolean =>
  Object.entries(witnesses).every(([key, was]) => look(...split(key)) === was)
