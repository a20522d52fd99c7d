import { existsSync, readdirSync, readFileSync, statSync } from 'node:fs'
import { isAbsolute, join } from 'node:path'
import { type Directive, parseLines } from './lines.ts'
import { expandHome } from './tokens.ts'

/** An ssh_config file. */
export interface ConfigFile {
  readonly path: string
  readonly directives: readonly Directive[]
}

/** The config files of one machine, each read once. */
export interface ConfigFiles {
  /** `undefined`: the file does not exist. @throws if it cannot be read */
  read(path: string): ConfigFile | undefined
  /** The files that an `Include` names; relative ones are in `folder`. */
  included(pattern: string, folder: string): readonly string[]
}

/** Does a name match a part of a path with `*`, `?` and `[…]`, as in glob(7)? */
function fits(name: string, part: string): boolean {
  if (name.startsWith('.') && !part.startsWith('.')) return false
  const source = part.replace(
    /\[(!?)([^\]]+)\]|[*?]|[.+^${}()|[\]\\]/g,
    (all, not: string | undefined, set: string | undefined) => {
      if (set !== undefined) return `[${not ? '^' : ''}${set.replace(/[\\^]/g, '\\$&')}]`
      return { '*': '.*', '?': '.' }[all] ?? `\\${all}`
    },
  )
  return new RegExp(`^${source}$`, 's').test(name)
}

/** Expands the parts of a path with wildcards one after the other, sorted as glob(3) does. */
function expand(pattern: string): string[] {
  const parts = pattern.split('/').slice(1)
  let found = ['']
  for (const part of parts) {
    found = found.flatMap((folder) => {
      if (!/[*?[]/.test(part)) return [`${folder}/${part}`]
      try {
        const names = readdirSync(folder === '' ? '/' : folder).sort()
        return names.filter((name) => fits(name, part)).map((name) => `${folder}/${name}`)
      } catch {
        return []
      }
    })
  }
  return found.filter((path) => existsSync(path) && statSync(path).isFile())
}

/** See {@link ConfigFiles}. */
export function configFiles(home: string): ConfigFiles {
  const known = new Map<string, ConfigFile | undefined>()
  return {
    read(path) {
      if (!known.has(path))
        known.set(path, existsSync(path) ? { path, directives: parseLines(readFileSync(path, 'utf8')) } : undefined)
      return known.get(path)
    },
    included: (pattern, folder) => {
      const path = expandHome(pattern, home)
      return expand(isAbsolute(path) ? path : join(folder, path))
    },
  }
}
