import { createHash } from 'node:crypto'
import { readdirSync, readFileSync, realpathSync } from 'node:fs'
import { codeOf } from '../../lib/message.ts'

/** How to compare something on disk: a file by its content, a folder by its names, a package by its real path. */
export type Kind = 'file' | 'folder' | 'place'

/** The state of things on disk, by kind and path. */
export type Witnesses = Readonly<Record<string, string>>

/** The digest that identifies content. */
export const digestOf = (bytes: Buffer): string => createHash('sha256').update(bytes).digest('base64')

const LOOK: Readonly<Record<Kind, (path: string) => string>> = {
  file: (path) => digestOf(readFileSync(path)),
  folder: (path) => digestOf(Buffer.from(readdirSync(path).sort().join('\n'))),
  place: (path) => realpathSync(path),
}

/** The current state of something; the system's error code if it does not exist or is unreadable. */
function look(kind: Kind, path: string): string {
  try {
    return LOOK[kind](path)
  } catch (error) {
    return String(codeOf(error))
  }
}

const split = (key: string): readonly [Kind, string] => {
  const at = key.indexOf(' ')
  return [key.slice(0, at) as Kind, key.slice(at + 1)]
}

/** The path in a key. */
export const pathOf = (key: string): string => split(key)[1]

/** The key of something on disk; {@link pathOf} is the inverse. */
export const keyOf = (kind: Kind, path: string): string => `${kind} ${path}`

/** Records the state of things. */
export const witness = (keys: Iterable<string>): Witnesses =>
  Object.fromEntries([...keys].map((key) => [key, look(...split(key))]))

/** Is everything unchanged? */
export const unchanged = (witnesses: Witnesses): boolean =>
  Object.entries(witnesses).every(([key, was]) => look(...split(key)) === was)
