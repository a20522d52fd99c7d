import type * as v from 'valibot'
import { shown } from '../lib/check/kinds.ts'
import { checkArgument } from '../lib/check/options.ts'
import { check } from '../lib/check.ts'
import { type Path, showPath } from '../lib/json-path.ts'
import { brief } from '../lib/message.ts'
import type { Script } from '../shell/script.ts'
import { reveal, Secret } from '../shell/secret.ts'
import { keepPlace } from './recipe-error.ts'
import { isResource, type Resource, type ResourceType, type Word } from './resource.ts'

/** Types that {@link Written} leaves as they are, without descending into them. */
type Whole = Secret | Script | Resource | Uint8Array | Date | ((...given: never[]) => unknown)

/** What a recipe may write for a schema of type `T`: lists and objects may be read-only. */
export type Written<T> = T extends Whole
  ? T
  : T extends readonly (infer Each)[]
    ? readonly Written<Each>[]
    : T extends object
      ? { readonly [Key in keyof T]: Written<T[Key]> }
      : T

/** A valibot schema of an object: every property of a resource type, with its default and its purpose. */
export type PropertiesSchema = v.GenericSchema<object, object>

/** Reports a mistake in a resource by throwing. Prefixes the text with the resource's type and name. */
export type Wrong = (what: string) => never

/** A resource type together with the schema of its properties. */
export interface ResourceDefinition<Schema extends PropertiesSchema, Props extends object, State>
  extends ResourceType<Props, State> {
  /**
   * Checks and documents the properties that a recipe writes: types, defaults, descriptions. An unknown name is a
   * mistake.
   */
  readonly properties: Schema
  /**
   * Turns checked properties into complete ones; reports what no single property can (two that exclude each other, an
   * invalid name). Default: leaves them unchanged.
   */
  normalise?(given: v.InferOutput<Schema>, name: string, wrong: Wrong): Props
}

const freeze = <T>(value: T): T => {
  if (
    Array.isArray(value) ||
    (value !== null && typeof value === 'object' && Object.getPrototypeOf(value) === Object.prototype)
  ) {
    for (const each of Object.values(value)) freeze(each)
    Object.freeze(value)
  }
  return value
}

/**
 * Checks the properties that a recipe passes. Users' files are not type-checked before they run, so anything that does
 * not fit must be reported, never replaced by a default.
 */
export function checkedProperties<Schema extends PropertiesSchema>(
  schema: Schema,
  input: unknown,
  wrong: Wrong,
): v.InferOutput<Schema> {
  if (typeof input !== 'object' || input === null)
    return wrong('its properties are missing; write {} if there are none')
  const { faults, output } = check(schema, input, 'property')
  if (output === undefined)
    return wrong(
      faults
        .map(({ path, message }) => `${path.length === 0 ? 'its properties' : showPath(path)} ${message}`)
        .join('; '),
    )
  return output
}

function unfitNumber(value: number, where: string): string | undefined {
  if (!Number.isFinite(value)) return `${where} is ${value}`
  return Number.isInteger(value) && !Number.isSafeInteger(value)
    ? `${where} is ${value}, which JavaScript does not hold exactly; write it as text, or use a smaller number`
    : undefined
}

/** Finds what no word of a script can hold, or not as written. Only the content of a file may contain a NUL. */
function unfit(value: unknown, path: Path = []): string | undefined {
  if (value instanceof Secret) return unfit(reveal(value), path)
  if (typeof value === 'number') return unfitNumber(value, showPath(path))
  if (typeof value === 'string') {
    if (value.includes('\0') && path.at(-1) !== 'content') return `${showPath(path)} contains a NUL byte`
    return /\p{Surrogate}/u.test(value) ? `${showPath(path)} contains half of a surrogate pair` : undefined
  }
  if (Array.isArray(value)) return first(value, (each, i) => unfit(each, [...path, i]))
  if (typeof value !== 'object' || value === null || isResource(value) || ArrayBuffer.isView(value)) return undefined
  return first(Object.entries(value), ([key, each]) => unfit(each, [...path, key]))
}

/** The temporary name beside it, `.NAME.provision`, must fit into 255 bytes. */
const LONGEST = 244
/** Only such a path can contain a longer name: a character has at most four bytes. */
const LONG = /[^/]{61}/
const hasLongName = (path: string): boolean => Buffer.byteLength(path.slice(path.lastIndexOf('/') + 1)) > LONGEST

/** The first defined result. */
function first<T, R>(list: readonly T[], find: (each: T, i: number) => R | undefined): R | undefined {
  for (const [i, each] of list.entries()) {
    const found = find(each, i)
    if (found !== undefined) return found
  }
  return undefined
}

/**
 * Defines a resource type: its behaviour, and the function by which recipes declare resources. That function throws a
 * TypeError of one sentence for properties that can never be valid.
 */
export function defineResource<
  Schema extends PropertiesSchema,
  Props extends object = v.InferOutput<Schema>,
  State = unknown,
>(definition: ResourceDefinition<Schema, Props, State>): Word<Written<v.InferInput<Schema>>, Props, State> {
  checkArgument('defineResource', 'its argument', definition, 'object!')
  checkArgument('defineResource', 'name', definition.name, 'text!')
  const { properties, normalise, ...type } = definition
  const word = (name: string, input: Written<v.InferInput<Schema>>): Resource => {
    if (typeof name !== 'string') throw new TypeError(`${type.name}: its name must be text, not ${shown(name)}`)
    const wrong: Wrong = (what) => {
      throw new TypeError(brief(`${type.name} ${JSON.stringify(name)}: ${what}`))
    }
    if (name === '' || /[\t\n\r\0]/.test(name)) wrong('a name cannot be empty or hold a tab, a line break or a NUL')
    if (/\p{Surrogate}/u.test(name)) wrong('a name cannot hold half of a surrogate pair')
    const given = checkedProperties(properties, input, wrong)
    const odd = unfit(input)
    if (odd !== undefined) wrong(odd)
    const props = normalise === undefined ? (given as unknown as Props) : normalise(given, name, wrong)
    const long = type.places?.(name, props).find(({ path }) => LONG.test(path) && hasLongName(path))
    if (long !== undefined) wrong('the name is too long: a file is named after it')
    const resource = { type, name, props: freeze(props), id: `${type.name} ${name}` }
    return Object.freeze((type.lines ?? type.id) ? keepPlace(resource) : resource)
  }
  return Object.assign(word, { type, properties })
}
