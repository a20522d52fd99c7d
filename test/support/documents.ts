import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'

/** The project's folder. */
export const root = join(import.meta.dirname, '..', '..')
/** The text of a file of the project. */
export const read = (path: string): string => readFileSync(join(root, path), 'utf8')
/** The documents that are examined, by their paths. */
export const documents = [
  'README.md',
  ...readdirSync(join(root, 'docs'))
    .filter((name) => name.endsWith('.md'))
    .map((name) => `docs/${name}`),
]

/** A block of code in a document. */
export interface Block {
  readonly document: string
  readonly language: string
  readonly text: string
  /** The path that its first line names. */
  readonly path: string | undefined
}

export const blocks: readonly Block[] = documents.flatMap((document) =>
  [...read(document).matchAll(/^```(\w+)\n([\s\S]*?)^```$/gm)].map(([, language = '', text = '']) => ({
    document,
    language,
    text,
    path: /^(?:\/\/|<%#) (\S+\.\w+)/.exec(text)?.[1],
  })),
)
