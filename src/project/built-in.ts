import { readdirSync } from 'node:fs'
import { join } from 'node:path'
import { pathToFileURL } from 'node:url'
import { EXTENSION, HOME } from './home.ts'

/**
 * The built-in roles' modules by name; each is loaded on first use. In the bundled program a table replaces this file
 * (scripts/bundle.js).
 */
export function builtInRoles(): ReadonlyMap<string, () => Promise<object>> {
  const folder = join(HOME, 'roles')
  const names = readdirSync(folder).filter((name) => name.endsWith(EXTENSION) && !/\.(d|test)\.ts$/.test(name))
  return new Map(
    names.map((name) => [name.slice(0, -EXTENSION.length), () => import(pathToFileURL(join(folder, name)).href)]),
  )
}
