import { existsSync, readFileSync } from 'node:fs'
import { dirname, join, relative } from 'node:path'
import { fileURLToPath } from 'node:url'
import ejs from 'ejs'
import * as v from 'valibot'
import { named, whyUnread } from '../../lib/message.ts'
import { checkedProperties, type Written } from '../../model/define-resource.ts'
import type { Resource } from '../../model/resource.ts'
import { REDACTED, reveal, Secret } from '../../shell/secret.ts'
import { asText } from '../kit/text-diff.ts'
import { file, fileEntries } from './file.ts'

const properties = v.object({
  from: v.optional(
    v.pipe(
      v.union([v.string(), v.instance(URL)]),
      v.description(
        "The template. `zookeeper/zoo.cfg.ejs` is searched for in `templates/` of the working directory, then among the built-in templates; a URL (`new URL('./zoo.cfg.ejs', import.meta.url)`) or an absolute path is used as is.",
      ),
    ),
  ),
  vars: v.optional(v.pipe(v.record(v.string(), v.unknown()), v.description('The variables of the template.')), {}),
  ...fileEntries,
})

/**
 * The folder of the built-in templates, beside the package.json above this module, wherever the module was compiled to.
 */
function builtIn(): string {
  let dir = import.meta.dirname
  while (!existsSync(join(dir, 'package.json'))) dir = dirname(dir)
  return join(dir, 'templates')
}

function locate(from: string | URL): string {
  if (from instanceof URL) {
    if (from.protocol === 'file:') return fileURLToPath(from)
    throw new TypeError(`a template is a file of this machine, and ${from.href} is none`)
  }
  const folders = [join(process.cwd(), 'templates'), builtIn()]
  const found = from.startsWith('/')
    ? from
    : folders.map((folder) => join(folder, from)).find((path) => existsSync(path))
  if (found === undefined || from === '')
    throw new TypeError(`there is no template ${named(from)} in ${folders.join(' or ')}`)
  return found
}

/** @param within the objects that contain it, since an object may contain itself */
const holdsSecret = (value: unknown, within: readonly unknown[] = []): boolean =>
  value instanceof Secret ||
  (typeof value === 'object' &&
    value !== null &&
    !within.includes(value) &&
    Object.values(value).some((each) => holdsSecret(each, [...within, value])))

/** A path as users see it: relative to the working directory. */
const shown = (path: string): string => relative(process.cwd(), path)

function bytesOf(path: string): Buffer {
  try {
    return readFileSync(path)
  } catch (error) {
    throw new TypeError(`the template ${shown(path)} cannot be read: ${whyUnread(error)}`, { cause: error })
  }
}

/** Reads a template. @throws TypeError if it is not UTF-8, which decoding would silently replace */
function readTemplate(path: string): string {
  const bytes = bytesOf(path)
  const text = asText(bytes)
  if (text !== undefined) return text.replace(/^\ufeff/, '') // an editor's mark, which no program on a host expects
  const line = bytes
    .toString('latin1')
    .split('\n')
    .findIndex((each) => asText(Buffer.from(each, 'latin1')) === undefined)
  throw new TypeError(
    `${shown(path)}:${line + 1}: a template is UTF-8 text, and this is not; send other bytes with file()`,
  )
}

/** A value as a template writes it. @throws TypeError for a value without a text form */
function write(value: unknown): string {
  if (value instanceof Secret) return reveal(value)
  if (value === undefined || value === null || typeof value === 'function')
    throw new TypeError(`a value is ${value === null ? 'null' : typeof value}`)
  const text = String(value)
  if (text.includes(REDACTED)) throw new TypeError('a secret is part of a larger value; write it alone: <%= secret %>')
  if (text === '[object Object]') throw new TypeError('a value is an object')
  return text
}

/** Finds the files that a template includes. */
function includer(name: string, path: string | undefined): { readonly template: string } {
  if (path === undefined || !existsSync(path)) throw new TypeError(`there is no template ${name} to include`)
  return { template: readTemplate(path) }
}

/**
 * Renders a template. Inserts values unchanged, without HTML escaping.
 * @returns a Secret if a value was one.
 * @throws TypeError that names the template and the line, for an unknown name, or a value that is undefined, an object
 * or a function.
 */
export function render(from: string | URL, vars: Readonly<Record<string, unknown>>): string | Secret {
  const path = locate(from)
  const source = readTemplate(path)
  const raw = source.split('\n').findIndex((line) => /<%-(?!\s*include\()/.test(line))
  if (raw >= 0) throw new TypeError(`${shown(path)}:${raw + 1}: write <%= instead of <%-; nothing is escaped`)
  try {
    const text = ejs.render(source, { ...vars }, { filename: path, escape: write, includer })
    return holdsSecret(vars) ? new Secret(text) : text
  } catch (error) {
    throw new TypeError(oneLine(error as Error, path), { cause: error })
  }
}

/**
 * Shortens an error of EJS to one line. For a runtime error EJS prints `PATH:LINE`, six lines of context (which may
 * contain the name of a secret, never its value), an empty line and the reason; for a compile error, `REASON in PATH
 * while compiling ejs` and advice from EJS's author.
 */
function oneLine({ message }: Error, path: string): string {
  const [, mistake, where] = /^(.*) in (.*) while compiling ejs$/m.exec(message) ?? []
  if (mistake !== undefined)
    return `${shown(where ?? path)}: the JavaScript in its <% … %> is wrong: ${syntaxMistake(mistake)}`
  const line = message.startsWith(`${path}:`) ? message.slice(path.length).match(/^:\d+/)?.[0] : ''
  const reason = message.split('\n').findLast((each) => each !== '')
  return `${shown(path)}${line ?? ''}: ${reason ?? 'cannot be rendered'}`
}

/**
 * EJS wraps a template in code of its own; a syntax error in that code means that the template's brackets do not match.
 */
const syntaxMistake = (said: string): string =>
  /'catch'|catch or finally/.test(said) ? 'a bracket is not closed, or closed twice' : said

/** The properties of a file that is made from a template. */
export type TemplateInput = Written<v.InferInput<typeof properties>>

/**
 * A file made from a template: `template('/etc/zookeeper/zoo.cfg', { from: 'zookeeper/zoo.cfg.ejs', vars: { … } })`.
 * The resource type is `file`.
 */
export function template(path: string, input: TemplateInput): Resource {
  const wrong = (what: string): never => {
    throw new TypeError(`template ${JSON.stringify(path)}: ${what}`)
  }
  const { from, vars, ...rest } = checkedProperties(properties, input, wrong)
  if (rest.ensure === 'absent') return file(path, rest)
  return file(path, { ...rest, content: render(from ?? wrong("give its template (from), or ensure: 'absent'"), vars) })
}
template.properties = properties
