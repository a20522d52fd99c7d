import { access, constants, lstat, rename, rm, writeFile } from 'node:fs/promises'
import { dirname } from 'node:path'

/**
 * Writes a user's file that only its owner may read. What was there stays whole until all is written: a disk may be
 * full. A pipe, a link, or a file in somebody else's folder is written to as it is.
 */
export async function writeWhole(file: string, text: string): Promise<void> {
  const there = await lstat(file).catch(() => undefined)
  const replaces = await access(dirname(file), constants.W_OK).then(
    () => there?.isFile() !== false,
    () => false,
  )
  const fresh = replaces ? `${file}.${process.pid}.new` : file
  try {
    await writeFile(fresh, text, { mode: 0o600 })
    if (replaces) await rename(fresh, file)
  } catch (error) {
    if (replaces) await rm(fresh, { force: true }).catch(() => undefined)
    throw error
  }
}
