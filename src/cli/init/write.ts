import { existsSync, lstatSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { isObject } from '../../lib/json.ts'
import { makeFolders } from '../../lib/kept/folders.ts'
import { whyUnread, whyUnwritten } from '../../lib/message.ts'
import { readJson } from '../../lib/read-json.ts'
import { list } from '../../lib/units.ts'
import { UsageError } from '../usage-error.ts'
import { type Files, foldersOf } from './files.ts'

const exists = (path: string): boolean => lstatSync(path, { throwIfNoEntry: false }) !== undefined
const isFile = (path: string): boolean => existsSync(path) && statSync(path).isFile()
const isFolder = (path: string): boolean => statSync(path, { throwIfNoEntry: false })?.isDirectory() === true

const failed = (shown: string, error: unknown): UsageError =>
  new UsageError(`nothing was made in ${shown}: ${whyUnwritten(error)}`, { cause: error })

/** Files that a project may already have, for example from `npm install`: init keeps them. */
const COMMON = ['package.json', 'README.md', '.gitignore', 'tsconfig.json']

/** A project's common files that a folder has already. */
export const keptIn = (folder: string): readonly string[] =>
  COMMON.map((path) => [path, join(folder, path)] as const)
    .filter(([, full]) => isFile(full))
    .map(([path]) => path)

/** Makes sure that npm can read the folder's own `package.json`. @throws UsageError */
export function checkPackage(folder: string, shown: string): void {
  const path = join(folder, 'package.json')
  if (!isFile(path)) return
  let json: ReturnType<typeof readJson>
  try {
    json = readJson(readFileSync(path, 'utf8'))
  } catch (error) {
    throw new UsageError(`${shown} has a package.json that cannot be read: ${whyUnread(error)}`, { cause: error })
  }
  const why = 'wrong' in json ? `line ${json.wrong.line}: ${json.wrong.message}` : 'it is not an object { … }'
  if ('wrong' in json || !isObject(json.value))
    throw new UsageError(`${shown} has a package.json that npm cannot use: ${why}. Mend it, or name another folder`)
}

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
