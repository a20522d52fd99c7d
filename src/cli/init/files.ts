import { readdirSync, readFileSync } from 'node:fs'
import { basename, dirname, join, relative, resolve } from 'node:path'
import { object, text } from '../../lib/json.ts'
import { PACKAGE } from '../../project/home.ts'
import type { NewHost } from './host-words.ts'
import { type Origin, originOf } from './origin.ts'

/** Files to be written, by their paths in the new folder. */
export type Files = ReadonlyMap<string, string>

const TEMPLATES = join(PACKAGE, 'templates', 'init')

const json = (value: unknown): string => `${JSON.stringify(value, undefined, 2)}\n`

/** The same in one line, as people write a host. */
const inline = (value: unknown): string =>
  JSON.stringify(value, undefined, 1)
    .replaceAll(/\[\n\s*/g, '[')
    .replaceAll(/\n\s*\]/g, ']')
    .replaceAll(/\n\s*/g, ' ')

/** What a template's file is called in the new folder. npm packs no file that is named `.gitignore`. */
const named = (path: string): string => (path === 'gitignore' ? '.gitignore' : path)

/** The files that are the same for everybody: a folder of `templates/init/`. */
export function templateFiles(kind: string): Files {
  const folder = join(TEMPLATES, kind)
  const paths = readdirSync(folder, { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile())
    .map((entry) => join(entry.parentPath, entry.name))
  return new Map(paths.sort().map((path) => [named(relative(folder, path)), readFileSync(path, 'utf8')]))
}

/** The hosts as an inventory has them; the user that all share stands once, at its top. Pure. */
export function inventoryOf(
  hosts: readonly NewHost[],
  settings: (host: NewHost, index: number) => object,
  more: object = {},
): string {
  const users = new Set(hosts.map(({ user }) => user))
  const [user] = users.size === 1 ? users : []
  const entry = (host: NewHost, index: number): [string, object] => {
    const ssh = {
      ...(user === undefined && host.user !== undefined ? { user: host.user } : {}),
      ...(host.port === undefined ? {} : { port: host.port }),
    }
    const own = { address: host.address, ...settings(host, index) }
    return [host.name, Object.keys(ssh).length > 0 ? { ...own, ssh } : own]
  }
  const head = {
    $schema: './node_modules/provision-ssh/dist/schema/inventory.json',
    ...(user === undefined ? {} : { ssh: { user } }),
    ...more,
  }
  const lines = hosts.map(entry).map(([name, host]) => `    ${JSON.stringify(name)}: ${inline(host)}`)
  return `${json(head).replace(/\n\}\n$/, '')},\n  "hosts": {\n${lines.join(',\n')}\n  }\n}\n`
}

/** A folder's name as npm allows it for a package. */
const packageName = (folder: string): string =>
  basename(resolve(folder))
    .toLowerCase()
    .replaceAll(/[^a-z0-9-]+/g, '-')
    .replaceAll(/^-+|-+$/g, '') || 'servers'

/** The `package.json` of a new folder, and where it gets the product from. */
export function packageJson(
  folder: string,
  scripts: Readonly<Record<string, string>>,
): { readonly text: string; readonly origin: Origin } {
  const own = object(JSON.parse(readFileSync(join(PACKAGE, 'package.json'), 'utf8')))
  const origin = originOf(PACKAGE, text(own.name), text(own.version))
  const pick = (from: unknown, ...names: readonly string[]): object =>
    Object.fromEntries(names.map((name) => [name, object(from)[name]]))
  const tested = scripts.test !== undefined
  return {
    origin,
    text: json({
      name: packageName(folder),
      private: true,
      type: 'module',
      scripts: { plan: 'provision plan', apply: 'provision apply', ...scripts },
      dependencies: { [text(own.name)]: origin.spec, ...(tested ? pick(own.dependencies, 'valibot') : {}) },
      ...(tested
        ? {
            devDependencies: {
              ...pick(own.dependencies, '@types/node', 'tsx'),
              ...pick(own.devDependencies, 'typescript'),
            },
          }
        : {}),
    }),
  }
}

/** The paths above a path, the nearest last, up to a folder: `a/b/c` lies in `a` and `a/b`. */
export const foldersOf = (path: string): readonly string[] =>
  dirname(path) === '.' ? [] : [...foldersOf(dirname(path)), dirname(path)]
