import { readFile } from 'node:fs/promises'
import { basename, dirname, resolve } from 'node:path'
import type { Definition } from '../../clients/marathon-answers.ts'
import { InventoryFileError } from '../../inventory/errors.ts'
import { localSecrets, type SecretSource, withSecrets } from '../../inventory/secrets.ts'
import { utf8 } from '../../lib/bytes.ts'
import { check, type Fault } from '../../lib/check.ts'
import { object } from '../../lib/json.ts'
import { documentOrder, type Path, showPath } from '../../lib/json-path.ts'
import { whyUnread } from '../../lib/message.ts'
import { readJson } from '../../lib/read-json.ts'
import { reveal, Secret } from '../../shell/secret.ts'
import { alsoRefused } from '../check/file.ts'
import { type App, appId } from './app.ts'
import { AppFileError } from './errors.ts'
import { otherForm, otherLanguage, otherWord } from './hints.ts'
import { refusedByMarathon } from './marathon/refused.ts'
import { ADDED, DROPPED, modern, otherFile, withoutNulls } from './other-files.ts'
import { type AppFile, appSchema } from './schema.ts'

/** Where an app file comes from, and which of its refusals are waived. */
export interface AppOptions {
  /** The file's path, for error messages. Secrets from files and commands resolve against its folder. */
  readonly path: string
  /** Where secrets are resolved; default: this machine. */
  readonly secrets?: SecretSource
  /** Names of the refusals to waive. Waived refusals are not reported as mistakes. */
  readonly allow?: readonly string[]
}

/** Finds the right place for a key that was written at the wrong level: `upgradeStrategy.minimumHealthCapacity`. */
function home(key: string, schema: unknown, path = ''): string | undefined {
  const { entries, wrapped, item } = object(schema)
  const inside = wrapped ?? item
  if (inside) return home(key, inside, path)
  for (const [name, inner] of Object.entries(object(entries))) {
    const at = path === '' ? name : `${path}.${name}`
    const found = name === key && path !== '' ? at : home(key, inner, at)
    if (found !== undefined) return found
  }
  return undefined
}

/** The value at a path. */
const valueAt = (value: unknown, path: Path): unknown =>
  path.reduce((at, key) => (typeof at === 'object' && at !== null ? Reflect.get(at, key) : undefined), value)

/** The message for a mistake. */
function explained({ path, message, kind, meant }: Fault, file: unknown): string {
  const key = String(path.at(-1))
  if (path.length === 1 && DROPPED.has(key)) return 'is read by no Marathon since 1.5: leave it out'
  const word = kind === 'unknown' ? otherWord(path) : undefined
  if (word !== undefined) return word
  const form = kind === 'unknown' ? undefined : otherForm(path, valueAt(file, path))
  if (form !== undefined) return `${message}: write ${form}`
  if (path.length > 1) return message
  if (kind !== 'unknown' || meant !== undefined) return message
  const place = home(key, appSchema)
  return place === undefined
    ? 'is not a known key; Marathon would ignore it'
    : `is not a known key here; there is ${place}`
}

/** Reports the members that Marathon adds to an app in its answers, as one mistake. */
function addedByMarathon(value: unknown): readonly Fault[] {
  const [first, ...more] = Object.keys(object(value)).filter((key) => ADDED.test(key))
  if (first === undefined) return []
  const message =
    more.length === 0
      ? "is Marathon's own, and no part of a definition: leave it out"
      : `is Marathon's own, as are ${more.join(', ')}: leave them out`
  return [{ path: [first], message }]
}

/** The members of an app that have mistakes, or were meant by a misspelt key. */
const wrongIn = (found: readonly Fault[], misspelt: readonly Fault[]): ReadonlySet<string> =>
  new Set([...found.map(({ path }) => path[0]), ...misspelt.map(({ meant }) => meant)].map(String))

/** Converts a parsed app file into an app that can be sent. */
function appOf({ $schema: _, ...given }: AppFile): App {
  const file = modern(given)
  const secrets: Secret[] = []
  const env = Object.entries(file.env ?? {}).map(([name, value]) => {
    if (typeof value === 'string' || value.from === undefined) return [name, value]
    secrets.push(value.from)
    return [name, value.from]
  })
  const id = appId(file.id)
  return { id, definition: { ...file, id, ...(file.env ? { env: Object.fromEntries(env) } : {}) }, secrets }
}

/** The definition that is sent, with its secrets in clear text. Never show it. */
export function revealed(definition: Definition): Definition {
  const { env } = definition
  if (typeof env !== 'object' || env === null) return definition
  return {
    ...definition,
    env: Object.fromEntries(
      Object.entries(env).map(([name, value]) => [name, value instanceof Secret ? reveal(value) : value]),
    ),
  }
}

/** Parses the text of an app file. @throws AppFileError with all its mistakes */
export function parseAppFile(
  text: string,
  { path, secrets = localSecrets(dirname(path)), allow = [] }: AppOptions,
): App {
  const file = basename(path)
  const read = readJson(text)
  if ('wrong' in read) {
    const { line, column, message, excerpt } = read.wrong
    const other = otherLanguage(text, read.wrong)
    if (other !== undefined) throw new InventoryFileError(`${file} ${other}.`)
    throw new InventoryFileError(`${file} is not JSON: line ${line}, column ${column}: ${message}\n${excerpt}`)
  }
  const other = otherFile(read.value)
  if (other !== undefined) throw new InventoryFileError(`${file} ${other}.`)
  const given = withoutNulls(read.value)
  const { faults, output } = withSecrets(secrets, () => check(appSchema, given))
  const unknown = faults.filter(({ path }) => path.length !== 1 || !ADDED.test(String(path[0])))
  const found = [
    ...read.faults,
    ...addedByMarathon(read.value),
    ...unknown.map((fault) => ({ path: fault.path, message: explained(fault, given) })),
  ]
  const all = [...found, ...refusedByMarathon(object(given), wrongIn(found, unknown))]
  if (all.length > 0 || output === undefined) {
    const order = documentOrder(read.value)
    const also = alsoRefused(modern(object(given)), faults, allow)
    throw new AppFileError(
      file,
      [...all, ...also]
        .sort((a, b) => order(a.path, b.path))
        .map(({ path, message }) => ({ path: showPath(path), message })),
    )
  }
  return appOf(output)
}

/** Reads an app file. @throws AppFileError */
export async function readAppFile(path: string, folder = process.cwd(), allow: readonly string[] = []): Promise<App> {
  const file = resolve(folder, path)
  const bytes = await readFile(file).catch((error) => {
    throw new InventoryFileError(`${path} cannot be read: ${whyUnread(error)}`)
  })
  const text = utf8(bytes)
  if (text === undefined) throw new InventoryFileError(`${path} is not UTF-8 text`)
  return parseAppFile(text, { path: file, allow })
}
