import { accessSync, constants, existsSync } from 'node:fs'
import { readFile } from 'node:fs/promises'
import { basename, dirname, join, relative } from 'node:path'
import { InventoryError, InventoryFileError } from '../../inventory/errors.ts'
import { utf8 } from '../../lib/bytes.ts'
import { codeOf, whyUnread } from '../../lib/message.ts'
import type { Source } from './source.ts'

/** The formats of an inventory. */
type Kind = 'json' | 'module' | 'program' | 'yaml' | 'ini'

/** The nearest ancestor folder with such a file: the user may be in a subfolder of the project. */
function above(file: string): string | undefined {
  const [from, name] = [dirname(file), basename(file)]
  for (let folder = dirname(from); folder !== dirname(folder); folder = dirname(folder))
    if (existsSync(join(folder, name))) return relative(from, folder)
  return undefined
}

function noInventory(file: string, shown: string): InventoryFileError {
  const folder = above(file)
  return new InventoryFileError(
    folder === undefined
      ? `there is no ${shown} here: provision init makes one, or name another with -i FILE`
      : `there is no ${shown} here: there is one in ${folder}: run it there`,
  )
}

async function read(file: string, shown: string): Promise<Buffer> {
  try {
    return await readFile(file)
  } catch (error) {
    if (codeOf(error) === 'ENOENT') throw noInventory(file, shown)
    throw new InventoryFileError(`${shown} cannot be read: ${whyUnread(error)}`)
  }
}

function isExecutable(file: string): boolean {
  try {
    accessSync(file, constants.X_OK)
    return true
  } catch {
    return false
  }
}

const startsWithHash = (bytes: Buffer): boolean => bytes[0] === 0x23 && bytes[1] === 0x21

/** The format of a file whose name does not tell. */
function kindOfText(text: string): Kind {
  const line = text.split('\n').find((each) => !/^\s*([#;]|$)/.test(each)) ?? '{'
  if (/^\s*\{/.test(line)) return 'json'
  return /^(---|[\w-]+:\s*(#.*)?$)/.test(line) ? 'yaml' : 'ini'
}

const ENDINGS: readonly (readonly [RegExp, Kind])[] = [
  [/\.[cm]?[jt]s$/, 'module'],
  [/\.json[c5]$/, 'json'],
  [/\.ya?ml$/, 'yaml'],
  [/\.(ini|cfg)$/, 'ini'],
]

/**
 * An inventory's format: a program if it is executable and begins like one, otherwise according to its name or text.
 */
function kindOf(file: string, shown: string, bytes: Buffer): Kind {
  if (file.endsWith('.json')) return 'json'
  const text = utf8(bytes)
  const binary = text === undefined || text.includes('\0')
  const script = startsWithHash(bytes) || /\.(sh|py|rb|pl)$/.test(file)
  if ((script || binary) && isExecutable(file)) return 'program'
  const known = ENDINGS.find(([pattern]) => pattern.test(file))?.[1]
  if (known) return known
  if (/\.[jt]sx$/.test(file)) throw new InventoryFileError(`${shown}: end its name in .${file.at(-3)}s`)
  if (script)
    throw new InventoryFileError(`${shown} is a program without the permission to execute it: chmod +x ${shown}`)
  return text === undefined ? 'json' : kindOfText(text)
}

/**
 * Reads an inventory. Loads the readers of other formats only when needed, so that JSON stays fast.
 * @param folder of the user's own files
 * @throws InventoryError, ProjectError
 */
export async function readSource(file: string, shown: string, folder: string): Promise<Source> {
  const bytes = await read(file, shown)
  const kind = kindOf(file, shown, bytes)
  if (kind === 'module') return (await import('./module.ts')).fromModule(file, folder)
  if (kind === 'program') return (await import('./program.ts')).fromProgram(file)
  const text = utf8(bytes)
  if (text === undefined) throw new InventoryFileError(`${shown} is not UTF-8 text`)
  if (kind === 'json') return { text }
  if (text.startsWith('$ANSIBLE_VAULT'))
    throw new InventoryFileError(`${basename(file)} is encrypted, and only ansible-vault can read it`)
  try {
    return await (await import('./ansible.ts')).fromText(kind, text, file)
  } catch (error) {
    if (error instanceof InventoryError && isExecutable(file) && !ENDINGS.some(([pattern]) => pattern.test(file)))
      error.message += `\n${basename(file)} is executable, but has no first line #!…: it was read as an inventory of Ansible's.`
    throw error
  }
}
