import { existsSync, mkdirSync, statSync } from 'node:fs'
import { dirname } from 'node:path'
import { codeOf } from '../message.ts'

/**
 * Makes a folder and its missing parents, and returns the first one that it made. Node's own `recursive` loops forever
 * if an existing folder accepts no entries, like /proc.
 */
export function makeFolders(path: string, mode?: number): string | undefined {
  if (statSync(path, { throwIfNoEntry: false })?.isDirectory()) return undefined
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
