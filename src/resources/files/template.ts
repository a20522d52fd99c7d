import { existsSync, readFileSync } from 'node:fs'
import { dirname, join, relative } from 'node:path'
import { fileURLToPath } from 'node:url'
import ejs from 'ejs'
import type { Resource } from '../../model/resource.ts'
import { REDACTED, reveal, Secret } from '../../shell/secret.ts'
import { type FileInput, file } from './file.ts'

/** What a recipe writes about a file that is made from a template. */
export interface TemplateInput extends Omit<FileInput, 'content'> {
  /**
   * The template: `zookeeper/zoo.cfg.ejs` is looked for in `templates/` of the working directory, then among the built-in ones; a URL
   * (`new URL('./zoo.cfg.ejs', import.meta.url)`) or an absolute path is taken as it is.
   */
  readonly from: string | URL
  /** What the template may name. */
  readonly vars?: Readonly<Record<string, unknown>>
}

/** The folder of the built-in templates: beside the package.json above this module, wherever it was compiled to. */
function builtIn(): string {
  let dir = import.meta.dirname
  while (!existsSync(join(dir, 'package.json'))) dir = dirname(dir)
  return join(dir, 'templates')
}

function locate(from: string | URL): string {
  if (from instanceof URL) return fileURLToPath(from)
  const folders = [join(process.cwd(), 'templates'), builtIn()]
  const found = from.startsWith('/') ? from : folders.map((folder) => join(folder, from)).find((path) => existsSync(path))
  if (found === undefined) throw new TypeError(`there is no template ${from} in ${folders.join(' or ')}`)
  return found
}

const holdsSecret = (value: unknown): boolean =>
  value instanceof Secret || (typeof value === 'object' && value !== null && Object.values(value).some(holdsSecret))

/**
 * Renders a template: values as they are, nothing escaped for HTML.
 * @returns a Secret where it was given one.
 * @throws TypeError that names the template and the line: a name that it was not given, or a value that is nothing, an object or a function.
 */
export function render(from: string | URL, vars: Readonly<Record<string, unknown>>): string | Secret {
  const path = locate(from)
  const shown = relative(process.cwd(), path)
  const source = readFileSync(path, 'utf8')
  const raw = source.split('\n').findIndex((line) => /<%-(?!\s*include\()/.test(line))
  if (raw >= 0) throw new TypeError(`${shown}:${raw + 1}: write <%= instead of <%-; nothing is escaped`)
  const write = (value: unknown): string => {
    if (value instanceof Secret) return reveal(value)
    if (value === undefined || value === null || typeof value === 'function')
      throw new TypeError(`a value is ${value === null ? 'null' : typeof value}`)
    const text = String(value)
    if (text.includes(REDACTED)) throw new TypeError('a secret is part of a larger value; write it alone: <%= secret %>')
    if (text === '[object Object]') throw new TypeError('a value is an object')
    return text
  }
  try {
    const text = ejs.render(source, { ...vars }, { filename: path, escape: write })
    return holdsSecret(vars) ? new Secret(text) : text
  } catch (error) {
    throw new TypeError(oneLine(error as Error, path, shown), { cause: error })
  }
}

/** EJS says `PATH:LINE`, six lines of context (with what may be a secret's name, never its value), an empty line and the reason. */
function oneLine({ message }: Error, path: string, shown: string): string {
  const line = message.startsWith(`${path}:`) ? message.slice(path.length).match(/^:\d+/)?.[0] : ''
  return `${shown}${line ?? ''}: ${
    message
      .split('\n')
      .filter((l) => l !== '')
      .at(-1) ?? 'cannot be rendered'
  }`
}

/** A file made from a template: `template('/etc/zookeeper/zoo.cfg', { from: 'zookeeper/zoo.cfg.ejs', vars: { … } })`. Its type is `file`. */
export function template(path: string, { from, vars = {}, ...rest }: TemplateInput): Resource {
  return file(path, { ...rest, ...(rest.ensure === 'absent' ? {} : { content: render(from, vars) }) })
}
