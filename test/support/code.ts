import { readdirSync } from 'node:fs'
import { join } from 'node:path'

/** The project's folder. */
export const root = join(import.meta.dirname, '..', '..')

/** The files in these folders whose names end so, by their paths from the root. */
export const filesIn = (folders: readonly string[], end: string): readonly string[] =>
  folders.flatMap((folder) =>
    readdirSync(join(root, folder), { recursive: true, encoding: 'utf8' })
      .filter((name) => name.endsWith(end))
      .map((name) => join(folder, name)),
  )

/** All of the product's TypeScript. */
export const sources = filesIn(['src', 'recipes', 'roles'], '.ts')
