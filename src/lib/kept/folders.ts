import { existsSync, mkdirSync, statSync } from 'node:fs'
import { dirname } from 'node:path'
import { codeOf } from '../message.ts'

/**
 * Makes a folder, and those above it that are not there. Gives the first one that was made. Node's own `recursive`
 * tries for ever where a folder is there and takes none, as /proc does.
 */
export function makeFolders(path: string, mode?: number): string | undefined {
  const above = dirname(path)
  const first = above === path || existsSync(above) ? undefined : makeFolders(above, mode)
  try {
    mkdirSync(path, { ...(mode === undefined ? {} : { mode }) })
    return first ?? path
  } catch (error) {
    if (codeOf(error) === 'EEXIST' && statSync(path).isDirectory()) return first
    throw error
  }
}
