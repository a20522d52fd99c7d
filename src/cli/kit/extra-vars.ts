import { readFileSync } from 'node:fs'
import { resolve } from 'node:path'
import { utf8 } from '../../lib/bytes.ts'
import { isObject, type Json } from '../../lib/json.ts'
import { showPath } from '../../lib/json-path.ts'
import { codeOf, whyUnread } from '../../lib/message.ts'
import { readJson } from '../../lib/read-json.ts'
import { UsageError } from '../usage-error.ts'

type Vars = Readonly<Record<string, Json>>

const isVars = (value: unknown): value is Vars => isObject(value) && Object.values(value).every(isObject)

/** The variables in a file: `{ "RECIPE": { "NAME": value } }`, like the inventory's `vars`. */
function fromFile(path: string, folder: string): Vars {
  const wrong = (why: string): UsageError => new UsageError(`--extra-vars: ${why}`)
  let bytes: Buffer
  try {
    bytes = readFileSync(resolve(folder, path))
  } catch (error) {
    if (codeOf(error) === 'ENOENT') throw wrong(`there is no file ${path}`)
    throw wrong(`${path} cannot be read: ${whyUnread(error)}`)
  }
  const text = utf8(bytes)
  if (text === undefined) throw wrong(`${path} is not JSON: it is not UTF-8 text`)
  const json = readJson(text)
  if ('wrong' in json) {
    const { line, column, message } = json.wrong
    throw wrong(`${path} is not JSON: line ${line}, column ${column}: ${message}`)
  }
  const [lost] = json.faults
  if (lost !== undefined) throw wrong(`${path}: ${showPath(lost.path)} ${lost.message}`)
  const { value } = json
  if (!isVars(value))
    throw wrong(`${path} contains no variables; write { "RECIPE": { "NAME": value } }, as in the inventory's vars`)
  return value
}

/**
 * Variables for this run: `RECIPE.NAME=VALUE` (parsed as JSON if possible, otherwise text), or `@FILE`. Later ones win.
 * @throws UsageError
 */
export function extraVars(given: readonly string[] = [], folder = '.'): Vars {
  // a Map, because `__proto__` may be a name like any other
  const vars = new Map<string, Map<string, unknown>>()
  const set = (recipe: string, name: string, value: unknown): void => {
    const own = vars.get(recipe) ?? new Map<string, unknown>()
    vars.set(recipe, own.set(name, value))
  }
  for (const text of given) {
    if (text.startsWith('@')) {
      for (const [recipe, own] of Object.entries(fromFile(text.slice(1), folder)))
        for (const [name, value] of Object.entries(own)) set(recipe, name, value)
      continue
    }
    const [, recipe, name, value] = /^([\w-]+)\.([\w-]+)=(.*)$/s.exec(text) ?? []
    if (recipe === undefined || name === undefined || value === undefined)
      throw new UsageError(
        `--extra-vars needs RECIPE.NAME=VALUE or @FILE, not "${text}"; for example: zookeeper.heapMb=512`,
      )
    const json = readJson(value)
    set(recipe, name, 'wrong' in json || json.faults.length > 0 ? value : json.value)
  }
  return Object.fromEntries([...vars].map(([recipe, own]) => [recipe, Object.fromEntries(own)]))
}
