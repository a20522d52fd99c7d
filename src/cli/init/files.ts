import { readdirSync, readFileSync } from 'node:fs'
import { basename, dirname, join, relative, resolve } from 'node:path'
import { object, text } from '../../lib/json.ts'
import { PACKAGE } from '../../project/home.ts'
import type { NewHost } from './host-words.ts'
import { type Origin, originOf } from './origin.ts'

/** Files to write, by path in the new folder. */
export type Files = ReadonlyMap<string, string>

const TEMPLATES = join(PACKAGE, 'templates', 'init')

const json = (value: unknown): string => `${JSON.stringify(value, undefined, 2)}\n`

/** The value on one line, as people write hosts. */
const inline = (value: unknown): string =>
  JSON.stringify(value, undefined, 1)
    .replaceAll(/\[\n\s*/g, '[')
    .replaceAll(/\n\s*\]/g, ']')
    .replaceAll(/\n\s*/g, ' ')

/** The name of a template's file in the new folder: npm does not pack a file named `.gitignore`. */
const named = (path: string): string => (path === 'gitignore' ? '.gitignore' : path)

/** The files that are the same for every project: a folder of `templates/init/`. */
export function templateFiles(kind: string): Files {
  const folder = join(TEMPLATES, kind)
  const paths = readdirSync(folder, { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile())
    .map((entry) => join(entry.parentPath, entry.name))
  return new Map(paths.sort().map((path) => [named(relative(folder, path)), readFileSync(path, 'utf8')]))
}

/** The hosts in inventory form; a common user is set once, at the top. Pure. */
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

/** A folder's name in a form that npm accepts for a package. */
const packageName = (folder: string): string =>
  basename(resolve(folder))
    .toLowerCase()
    .replaceAll(/[^a-z0-9-]+/g, '-')
    .replaceAll(/^-+|-+$/g, '') || 'servers'

/** A new folder's `package.json`, and where npm gets provision from. */
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

/** The ancestors of a path, nearest last: `a/b/c` is in `a` and `a/b`. */
export const foldersOf = (path: string): readonly string[] =>
  dirname(path) === '.' ? [] : [...foldersOf(dirname(path)), dirname(path)]
