/** Describes a valibot schema for readers of the documentation. */
import * as v from 'valibot'

interface Shape {
  readonly type: string
  readonly wrapped?: v.GenericSchema
  readonly default?: unknown
  readonly item?: v.GenericSchema
  readonly items?: readonly v.GenericSchema[]
  readonly value?: v.GenericSchema
  readonly entries?: Readonly<Record<string, v.GenericSchema>>
  readonly options?: readonly unknown[]
  readonly literal?: unknown
  readonly class?: { readonly name: string }
}

const shapeOf = (schema: v.GenericSchema): Shape => schema as unknown as Shape

/** A schema's type in TypeScript notation. For a `custom` schema, its title (`v.title('Resource')`). */
export function shownType(schema: v.GenericSchema): string {
  const titled = v.getTitle(schema)
  if (titled !== undefined) return titled
  const { type, wrapped, item, value, entries, options, literal, class: made } = shapeOf(schema)
  if (wrapped !== undefined) return shownType(wrapped)
  if (type === 'picklist') return (options ?? []).map((option) => `'${option}'`).join(' | ')
  if (type === 'literal') return JSON.stringify(literal).replaceAll('"', "'")
  if (type === 'union' || type === 'variant')
    return (options ?? []).map((option) => shownType(option as v.GenericSchema)).join(' | ')
  if (type === 'instance') return made?.name ?? 'object'
  if (type === 'array') {
    const each = item === undefined ? 'unknown' : shownType(item)
    return each.includes(' ') ? `(${each})[]` : `${each}[]`
  }
  if (type === 'record') return `{ [name]: ${value === undefined ? 'unknown' : shownType(value)} }`
  if (entries === undefined) return type
  const members = Object.entries(entries).map(
    ([name, each]) => `${name}${isOptional(each) ? '?' : ''}: ${shownType(each)}`,
  )
  return `{ ${members.join('; ')} }`
}

const isOptional = (schema: v.GenericSchema): boolean => /optional|nullish/.test(shapeOf(schema).type)

const described = (schema: v.GenericSchema): string | undefined => {
  const own = v.getDescription(schema)
  const { wrapped } = shapeOf(schema)
  return own ?? (wrapped === undefined ? undefined : described(wrapped))
}

/** One property of a resource type. */
export interface Property {
  readonly name: string
  readonly optional: boolean
  readonly type: string
  readonly says: string
}

/** The properties of an object schema, with defaults after the descriptions. */
export const propertiesOf = (schema: v.GenericSchema): readonly Property[] =>
  Object.entries(shapeOf(schema).entries ?? {}).map(([name, each]) => {
    const { default: standard } = shapeOf(each)
    const plain = typeof standard === 'string' || typeof standard === 'number' || typeof standard === 'boolean'
    const says = [described(each), plain ? `Default \`${JSON.stringify(standard)}\`.` : undefined]
    return { name, optional: isOptional(each), type: shownType(each), says: says.filter(Boolean).join(' ') }
  })
