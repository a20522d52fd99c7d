import { existsSync, lstatSync, rmSync, statSync, writeFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { makeFolders } from '../../lib/kept/folders.ts'
import { whyUnwritten } from '../../lib/message.ts'
import { list } from '../../lib/units.ts'
import { UsageError } from '../usage-error.ts'
import { type Files, foldersOf } from './files.ts'

const exists = (path: string): boolean => lstatSync(path, { throwIfNoEntry: false }) !== undefined
const isFolder = (path: string): boolean => statSync(path, { throwIfNoEntry: false })?.isDirectory() === true

const failed = (shown: string, error: unknown): UsageError =>
  new UsageError(`nothing was made in ${shown}: ${whyUnwritten(error)}`, { cause: error })

/** Files that a project may already have, for example from `npm install`: init keeps them. */
const COMMON = ['package.json', 'README.md', '.gitignore', 'tsconfig.json']

/** A project's common files that a folder has already. */
export const keptIn = (folder: string): readonly string[] =>
  COMMON.map((path) => [path, join(folder, path)] as const)
    .filter(([, full]) => existsSync(full) && statSync(full).isFile())
    .map(([path]) => path)

/** Makes sure that nothing would be overwritten. @throws UsageError that names the existing files */
export function checkFree(folder: string, shown: string, paths: readonly string[]): void {
  try {
    if (exists(folder) && !isFolder(folder)) throw new UsageError(`${shown} is not a folder; name another one`)
    const folders = [...new Set(paths.flatMap(foldersOf))].filter((path) => exists(join(folder, path)))
    const there = [
      ...folders.filter((path) => !isFolder(join(folder, path))),
      ...paths.filter(
        (path) => foldersOf(path).every((each) => isFolder(join(folder, each))) && exists(join(folder, path)),
      ),
    ]
    if (there.length === 0) return
    throw new UsageError(
      `${shown} already has ${list(there)}, and init overwrites nothing: name another folder, or move ${there.length > 1 ? 'them' : 'it'} away`,
    )
  } catch (error) {
    throw error instanceof UsageError ? error : failed(shown, error)
  }
}

/** Writes all files, or none. @throws UsageError */
export function writeAll(folder: string, shown: string, files: Files): void {
  const made: string[] = []
  try {
    for (const [path, text] of files) {
      const full = join(folder, path)
      const first = makeFolders(dirname(full))
      if (first !== undefined) made.push(first)
      writeFileSync(full, text, { flag: 'wx' })
      made.push(full)
    }
  } catch (error) {
    for (const path of made.reverse()) rmSync(path, { recursive: true, force: true })
    throw failed(shown, error)
  }
}
