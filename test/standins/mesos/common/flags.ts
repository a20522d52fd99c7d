import { readFileSync } from 'node:fs'
import { parseDuration } from './duration.ts'
import type { FlagSpec, FlagTable } from './flag-table.ts'

/** The daemon refuses its flags; the message is what a real one says. */
export class FlagError extends Error {}

/** A daemon's flags, loaded. */
export class Flags {
  readonly #values: ReadonlyMap<string, string>
  /** As `/flags` shows them. */
  readonly shown: Readonly<Record<string, string>>

  constructor(values: ReadonlyMap<string, string>, shown: Readonly<Record<string, string>>) {
    this.#values = values
    this.shown = shown
  }

  text(name: string): string | undefined {
    return this.#values.get(name)
  }

  on(name: string): boolean {
    return this.#values.get(name) === 'true'
  }

  number(name: string): number | undefined {
    const value = this.#values.get(name)
    return value === undefined ? undefined : Number(value)
  }

  /** A duration in milliseconds; one without a default that was not given is undefined. */
  ms(name: string): number | undefined {
    const value = this.#values.get(name)
    return value === undefined ? undefined : parseDuration(value)
  }
}

interface Given {
  readonly name: string
  readonly value: string | undefined
}

/**
 * Loads flags from the command line and, where they are not given there, from `MESOS_…`; unknown variables are ignored,
 * unknown flags are not. @throws FlagError
 */
export function loadFlags(
  table: FlagTable,
  args: readonly string[],
  env: Readonly<Record<string, string | undefined>>,
): Flags {
  const command = fromCommandLine(args)
  const given = [...command, ...fromEnvironment(table, env).filter(({ name }) => !command.some((c) => c.name === name))]
  const loaded = new Map<string, string>()
  const values = new Map<string, string>()
  const shown: Record<string, string> = {}
  for (const spec of table.values())
    if (spec.default !== undefined) {
      values.set(spec.name, spec.default)
      shown[spec.name] = spec.default
    }
  for (const { name, value } of given) {
    const negated = name.startsWith('no-')
    const plain = negated ? name.slice(3) : name
    const spec = specOf(table, plain)
    if (!spec) throw new FlagError(`Failed to load unknown flag '${plain}'${negated ? ` via '${name}'` : ''}`)
    const before = loaded.get(spec.name)
    if (before !== undefined) throw new FlagError(`Flag '${plain}' is already loaded via name '${before}'`)
    loaded.set(spec.name, plain)
    const text = textOf(spec, plain, name, negated, value)
    try {
      const real = spec.kind === 'path' ? text.replace(/^file:\/\//, '') : fetch(text)
      check(spec, real)
      values.set(spec.name, real)
      shown[spec.name] = spec.kind === 'location' ? text.replace(/^file:\/\//, '') : real
    } catch (error) {
      throw new FlagError(`Failed to load flag '${plain}': Failed to load value '${text}': ${(error as Error).message}`)
    }
  }
  return new Flags(values, Object.fromEntries(Object.entries(shown).sort(([a], [b]) => (a < b ? -1 : 1))))
}

const specOf = (table: FlagTable, name: string): FlagSpec | undefined =>
  table.get(name) ?? [...table.values()].find(({ aliases }) => aliases.includes(name))

/** What does not begin with `--` is skipped, and all that follows a lone `--`. */
function fromCommandLine(args: readonly string[]): Given[] {
  const end = args.indexOf('--')
  return args
    .slice(0, end < 0 ? args.length : end)
    .map((arg) => arg.trim())
    .filter((arg) => arg.startsWith('--'))
    .map((arg) => {
      const at = arg.indexOf('=')
      return at < 0
        ? { name: arg.slice(2).toLowerCase(), value: undefined }
        : { name: arg.slice(2, at).toLowerCase(), value: arg.slice(at + 1) }
    })
}

function fromEnvironment(table: FlagTable, env: Readonly<Record<string, string | undefined>>): Given[] {
  return Object.entries(env)
    .filter(([key]) => key.startsWith('MESOS_'))
    .map(([key, value]) => ({ name: key.slice(6).toLowerCase(), value }))
    .filter(({ name }) => specOf(table, name.replace(/^no-/, '')) !== undefined)
}

function textOf(spec: FlagSpec, plain: string, name: string, negated: boolean, value: string | undefined): string {
  if (spec.kind !== 'boolean') {
    if (negated) throw new FlagError(`Failed to load non-boolean flag '${plain}' via '${name}'`)
    if (value === undefined) throw new FlagError(`Failed to load non-boolean flag '${plain}': Missing value`)
    return value
  }
  if (value === undefined || value === '') return negated ? 'false' : 'true'
  if (negated) throw new FlagError(`Failed to load boolean flag '${plain}' via '${name}' with value '${value}'`)
  return value
}

/** Any value may lie in a file. @throws Error where it cannot be read */
function fetch(text: string): string {
  if (!text.startsWith('file://')) return text
  const path = text.slice('file://'.length)
  try {
    return readFileSync(path, 'utf8').trim()
  } catch {
    throw new Error(`Error reading file '${path}': Failed to open file: No such file or directory`)
  }
}

function check({ kind }: FlagSpec, value: string): void {
  if (kind === 'boolean' && !/^(true|false|1|0)$/.test(value))
    throw new Error(`Expecting a boolean (e.g., true or false)`)
  if (kind === 'duration') parseDuration(value)
  if (kind === 'number' && !/^-?\d+(\.\d+)?$/.test(value)) throw new Error(`Failed to convert '${value}' to number`)
}
