import { readdirSync, realpathSync } from 'node:fs'
import { join } from 'node:path'
import { isFile } from '../lib/kept/folders.ts'
import { codeOf, whyUnread } from '../lib/message.ts'
import { ProjectError } from './error.ts'
import { PACKAGE } from './home.ts'

/** Modules of one kind, by name: the file's name without its extension. */
export type Files = ReadonlyMap<string, string>

const ENDING = /\.[cm]?[jt]s$/

function modules(folder: string): Files {
  try {
    const found = readdirSync(folder).filter(
      (name) => ENDING.test(name) && !/\.(d|test)\.[cm]?ts$/.test(name) && isFile(join(folder, name)),
    )
    // a.ts sorts after a.js: if both exist, the source wins.
    return new Map(found.sort().map((name) => [name.replace(ENDING, ''), join(folder, name)]))
  } catch (error) {
    if (['ENOENT', 'ENOTDIR'].includes(codeOf(error) ?? '')) return new Map()
    throw new ProjectError(`${folder} cannot be read: ${whyUnread(error)}`)
  }
}

/** A folder's roles and recipes. */
export interface Users {
  readonly folder: string
  readonly roles: Files
  readonly recipes: Files
  /** Is any of them TypeScript? */
  readonly typescript: boolean
}

/**
 * The user's own roles and recipes in a folder. In this package's own folder there are none: those are the built-in
 * ones.
 */
export function usersFiles(folder: string): Users {
  const real = realpathSync(folder)
  const none = real === realpathSync(PACKAGE)
  const files = (kind: string): Files => (none ? new Map() : modules(join(real, kind)))
  const [roles, recipes] = [files('roles'), files('recipes')]
  return {
    folder: real,
    roles,
    recipes,
    typescript: [...roles.values(), ...recipes.values()].some((file) => /\.[cm]?ts$/.test(file)),
  }
}
