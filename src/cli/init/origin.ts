import { existsSync, readFileSync } from 'node:fs'
import { basename, dirname, join, resolve } from 'node:path'
import { object, text } from '../../lib/json.ts'

/** What a `package.json` may say to install the running version. */
export interface Origin {
  /** A version, or `file:` and a path. */
  readonly spec: string
  /** npm has not recorded where it was installed from, so the version may not be in any registry. */
  readonly guessed: boolean
}

/** Where npm installed the package in a `node_modules` from; nothing for a global installation. */
function resolvedFrom(modules: string, name: string): string {
  try {
    const lock: unknown = JSON.parse(readFileSync(join(modules, '.package-lock.json'), 'utf8'))
    return text(object(object(object(lock).packages)[`node_modules/${name}`]).resolved)
  } catch {
    return ''
  }
}

/** Where provision was installed from. @param folder its own folder */
export function originOf(folder: string, name: string, version: string): Origin {
  const modules = dirname(folder)
  if (basename(modules) !== 'node_modules') return { spec: `file:${folder}`, guessed: false }
  const from = resolvedFrom(modules, name)
  const path = from.startsWith('file:') ? resolve(dirname(modules), from.slice('file:'.length)) : undefined
  if (path !== undefined && existsSync(path)) return { spec: `file:${path}`, guessed: false }
  if (/^git\+|\.git#/.test(from)) return { spec: from, guessed: false }
  return { spec: version, guessed: !/^https?:.*\/-\//.test(from) }
}
