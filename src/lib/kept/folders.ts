import { existsSync, mkdirSync, type Stats, statSync } from 'node:fs'
import { dirname } from 'node:path'
import { codeOf } from '../message.ts'

/** Is there a folder? What cannot be looked at, such as a link that leads in a circle, is none. */
export const isFolder = (path: string): boolean => lookAt(path)?.isDirectory() === true

/** Is there a file? What cannot be looked at is none. */
export const isFile = (path: string): boolean => lookAt(path)?.isFile() === true

function lookAt(path: string): Stats | undefined {
  try {
    return statSync(path)
  } catch {
    return undefined
  }
}

/**
 * Makes a folder and its missing parents, and returns the first one that it made. Node's own `recursive` loops forever
 * if an existing folder accepts no entries, like /proc.
 */
export function makeFolders(path: string, mode?: number): string | undefined {
  if (isFolder(path)) return undefined
  const above = dirname(path)
  const first = above === path || existsSync(above) ? undefined : makeFolders(above, mode)
  try {
    mkdirSync(path, { ...(mode === undefined ? {} : { mode }) })
    return first ?? path
  } catch (error) {
    if (codeOf(error) === 'EEXIST' && isFolder(path)) return first
    throw error
  }
}
