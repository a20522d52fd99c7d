import * as v from 'valibot'
import { kindOf, shown, wantedKinds } from './check/kinds.ts'
import { didYouMean, nearest } from './did-you-mean.ts'
import { isObject, type Json, list, object } from './json.ts'
import { isUnder, type Path } from './json-path.ts'
import { oneLine } from './message.ts'

/** Marks an issue whose message is more precise than a summary of its union. */
const WINS = Symbol('wins')

/** Uses a message even if its schema is only one option of a union. */
export const wins =
  (message: string) =>
  (issue: object): string => {
    Object.assign(issue, { [WINS]: true })
    return message
  }

/** A mistake whose path is still a list, so that it can be prefixed. */
export interface Fault {
  readonly path: Path
  readonly message: string
  /** The known key that an unknown one probably stands for. */
  readonly meant?: string | undefined
  /** `unknown`: there is no such key. `list`: a list where an object is expected. Absent: anything else. */
  readonly kind?: 'unknown' | 'list'
}

/** The keys of a record that valibot leaves out, unchecked. */
const UNCHECKED = new Set(['__proto__', 'prototype', 'constructor'])

/** Checks one of them. A resource would not get it. */
function uncheckedEntry(record: Json, key: string, value: unknown, noun: string): Fault[] {
  if (noun === 'property') return [{ path: [], message: 'is a name that cannot be used' }]
  const [named, valued] = [record.key, record.value] as readonly (v.GenericSchema | undefined)[]
  const wrong = named ? check(named, key).faults : []
  return wrong.length > 0 || !valued ? wrong : check(valued, value, noun).faults
}

/** What takes no list, other than objects; valibot takes one for an object that needs no key. */
const NO_LIST = new Set(['string', 'number', 'boolean', 'literal', 'picklist', 'null'])

/** Do some options of a union take an object, and none a list? */
function takesNoList(options: readonly unknown[]): boolean {
  const objects = options.filter((each) => isObject(each) && (each.entries || each.type === 'record'))
  return objects.length > 0 && options.every((each) => objects.includes(each) || NO_LIST.has(String(object(each).type)))
}

/** Finds unknown keys, and lists where objects are expected: valibot silently accepts both. */
function unknownKeys(schema: Json, value: unknown, path: Path, noun: string): Fault[] {
  const { type, entries, wrapped, item } = schema
  if (isObject(wrapped)) return unknownKeys(wrapped, value, path, noun)
  if (Array.isArray(value)) {
    if (isObject(item)) return value.flatMap((each, i) => unknownKeys(item, each, [...path, i], noun))
    if (entries || type === 'record') return [{ path, message: 'must be an object { … }, not a list', kind: 'list' }]
    const wanted = takesNoList(list(schema.options)) ? wantedKinds(String(schema.expects)) : undefined
    return wanted === undefined ? [] : [{ path, message: `must be ${wanted}, not a list`, kind: 'list' }]
  }
  if (!isObject(value)) return []
  const kind = kindOf(value)
  const plain = kind === 'Object' || kind === 'Module'
  if (type === 'record' && plain)
    return Object.entries(value).flatMap(([key, each]) =>
      UNCHECKED.has(key)
        ? uncheckedEntry(schema, key, each, noun).map((fault) => ({ ...fault, path: [...path, key, ...fault.path] }))
        : unknownKeys(object(schema.value), each, [...path, key], noun),
    )
  const [option, ...others] = list(schema.options).filter((each) => isObject(each) && each.entries)
  if (isObject(option) && others.length === 0) return plain ? unknownKeys(option, value, path, noun) : []
  if (!plain && (isObject(entries) || type === 'record')) {
    return [{ path, message: `must be an object { … }, not ${shown(value)}`, kind: 'list' }]
  }
  if (!isObject(entries)) return []
  return Object.entries(value).flatMap(([key, each]) => {
    if (Object.hasOwn(entries, key)) return unknownKeys(object(entries[key]), each, [...path, key], noun)
    if (type === 'loose_object' || schema.rest) return []
    const meant = nearest(key, Object.keys(entries))
    return [
      {
        path: [...path, key],
        message: `is not a known ${noun}${hintFor(meant, Object.keys(entries))}`,
        meant,
        kind: 'unknown',
      },
    ]
  })
}

/** Suggests what an unknown word may stand for. */
function hintFor(meant: string | undefined, known: readonly string[]): string {
  if (meant !== undefined) return `; did you mean "${meant}"?`
  return known.length === 0 ? '; nothing may stand here' : `; known are ${known.join(', ')}`
}

const TYPES: Readonly<Record<string, string>> = {
  string: 'text in double quotes',
  number: 'a number',
  boolean: 'true or false',
  array: 'a list [ … ]',
}

const MISSING = 'is missing'

/**
 * Turns a valibot issue into a predicate of its path. A recipe's own message wins; it may be just a noun ("a path").
 */
function explain(issue: v.BaseIssue<unknown>, noun: string): string {
  const { type, input, expected, message } = issue
  if (!message.startsWith('Invalid ')) {
    const named = /^(regex|starts_with|custom|array|union|check)$/.test(type) && /^(an?|the|one|\d+)\b/i.test(message)
    return named ? `must be ${message}, not ${shown(input)}` : message
  }
  if (input === undefined) return MISSING
  const best = issue.issues?.find((sub) => WINS in sub)
  if (best !== undefined) return best.message
  const requirement = String(issue.requirement)
  if (type === 'picklist' || type === 'literal' || type === 'union' || type === 'variant') {
    const options = wantedKinds(expected ?? '')
    const near =
      typeof input === 'string'
        ? didYouMean(
            input,
            [...options.matchAll(/"([^"]*)"/g)].map((m) => m[1] ?? ''),
          )
        : ''
    return `must be ${options}, not ${shown(input)}${near}`
  }
  if (type === 'string' && noun === 'property') return `must be text, not ${shown(input)}` // TypeScript, not JSON
  if (TYPES[type]) return `must be ${TYPES[type]}, not ${shown(input)}`
  if (issue.kind === 'schema')
    return `must be ${/object|record/.test(type) ? 'an object { … }' : wantedKinds(expected ?? '')}, not ${shown(input)}`
  if (type === 'integer' || type === 'safe_integer') return `must be a whole number, not ${shown(input)}`
  if (type === 'min_value') return `must be at least ${requirement}, not ${shown(input)}`
  if (type === 'gt_value') return `must be more than ${requirement}, not ${shown(input)}`
  if (type === 'max_value') return `must be at most ${requirement}, not ${shown(input)}`
  if (type === 'non_empty' || (type === 'min_length' && Number(requirement) === 1)) return 'must not be empty'
  if (type === 'min_length' || type === 'max_length') {
    const what = typeof input === 'string' ? 'character' : 'item'
    const bound = type === 'min_length' ? 'at least' : 'at most'
    return `must have ${bound} ${requirement} ${what}${Number(requirement) === 1 ? '' : 's'}`
  }
  if (type === 'regex') return `must match ${requirement}, and ${shown(input)} does not`
  return `must be ${expected ?? type.replaceAll('_', ' ')}, not ${shown(input)}`
}

/**
 * Checks a value against a schema. Returns every fault with its path; without faults also the value as the schema makes
 * it (defaults, secrets).
 * @param noun what its keys are called
 */
export function check<Schema extends v.GenericSchema>(
  schema: Schema,
  value: unknown,
  noun = 'key',
): { faults: Fault[]; output?: v.InferOutput<Schema> } {
  const faults = unknownKeys(object(schema), value, [], noun)
  const lists = faults.filter((f) => f.kind === 'list')
  const result = v.safeParse(schema, value)
  const chosen = (result.issues ?? []).map((issue) => ofOptions(object(schema), issue, noun) ?? issue)
  for (const each of chosen) if (Array.isArray(each)) faults.push(...each)
  for (const issue of chosen.flatMap((each) => (Array.isArray(each) ? [] : inner(each)))) {
    const path = (issue.path ?? []).map(({ key }) => (typeof key === 'number' ? key : String(key)))
    // A misspelt key is reported once: not also as missing, nor an unknown one twice.
    const said = faults.some(
      (f) =>
        // our own checks may report several faults at one path
        (same(f.path, path) && issue.type !== 'raw_check') ||
        (f.meant && issue.input === undefined && same([...f.path.slice(0, -1), f.meant], path)),
    )
    if (!said && !lists.some((f) => isUnder(path, f.path)))
      faults.push({ path, message: oneLine(explain(issue, noun)) })
  }
  return faults.length === 0 && result.success ? { faults, output: result.output } : { faults }
}

/** The schema at a path; undefined if it depends on a union. */
function schemaAt(schema: Json, path: Path): Json | undefined {
  const { wrapped, entries, item, type, value } = schema
  if (isObject(wrapped)) return schemaAt(wrapped, path)
  const [key, ...rest] = path
  if (key === undefined) return schema
  const each = type === 'record' ? value : item
  const next = isObject(entries) && Object.hasOwn(entries, key) ? entries[key] : each
  return isObject(next) ? schemaAt(next, rest) : undefined
}

const listed = (names: readonly string[]): string =>
  names.length < 2 ? names.join() : `${names.slice(0, -1).join(', ')} and ${names.at(-1)}`

/**
 * The faults of an object that may match one of several schemas: judges it by the one that shares most of its keys. If
 * none stands out, lists what each of them still needs. undefined: the value is no such object.
 */
function ofOptions(schema: Json, issue: v.BaseIssue<unknown>, noun: string): Fault[] | undefined {
  const { input, type } = issue
  const path: Path = (issue.path ?? []).map(({ key }) => (typeof key === 'number' ? key : String(key)))
  if (type !== 'union') return undefined
  const options = list(schemaAt(schema, path)?.options).filter((each) => isObject(each) && isObject(each.entries))
  if (options.length < 2) return undefined
  if (!isObject(input) || kindOf(input) !== 'Object') return undefined
  const known = (option: unknown): number => {
    const names = Object.keys(object(object(option).entries))
    return Object.keys(input).filter((key) => names.includes(key) || nearest(key, names) !== undefined).length
  }
  const most = Math.max(...options.map(known))
  const unknown = Object.keys(input)
  if (most === 0 && unknown.length > 0) {
    const names = [...new Set(options.flatMap((option) => Object.keys(object(object(option).entries))))]
    return unknown.map((key) => ({
      path: [...path, key],
      message: `is not a known ${noun}${hintFor(undefined, names)}`,
      kind: 'unknown',
    }))
  }
  const likely = options
    .filter((option) => known(option) === most)
    .map((option) => check(option as unknown as v.GenericSchema, input, noun).faults)
    .toSorted((a, b) => a.length - b.length)
  if (likely.length > 1 && likely.every((each) => each.every(({ message }) => message === MISSING))) {
    const needs = likely.map((each) => listed(each.map(({ path: [key] }) => `"${key}"`)))
    return [{ path, message: `is not complete: it needs ${needs.join(', or ')}` }]
  }
  return (likely[0] ?? []).map((fault) => ({ ...fault, path: [...path, ...fault.path] }))
}
/** If an object or list matches no option of a union, the faults of its members say more than "must be one of". */
function inner(issue: v.BaseIssue<unknown>): v.BaseIssue<unknown>[] {
  const whole = Array.isArray(issue.input) || (isObject(issue.input) && kindOf(issue.input) === 'Object')
  const deeper = issue.type === 'union' && whole ? (issue.issues ?? []).filter((sub) => sub.path) : []
  if (deeper.length === 0) return [issue]
  return deeper.flatMap(inner).map((sub) => ({ ...sub, path: [...(issue.path ?? []), ...(sub.path ?? [])] as never }))
}

const same = (a: Path, b: Path): boolean => a.length === b.length && isUnder(a, b)
