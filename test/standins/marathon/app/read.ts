import { FIELDS } from './fields.ts'

/** What is wrong with a part of a body, as the API tells it. */
export interface Fault {
  readonly path: string
  readonly error: string
}

interface Field {
  readonly name: string
  readonly type: string
  readonly required: boolean
  readonly limits: Readonly<Record<string, number>>
  readonly literals: readonly string[]
}

const parseField = (line: string): [owner: string, field: Field] => {
  const [owner, name, type, ...rest] = line.split(' ') as [string, string, string, ...string[]]
  const limits = rest.filter((word) => word.includes('=')).map((word) => word.split('=') as [string, string])
  return [
    owner,
    {
      name,
      type,
      required: rest.includes('!'),
      limits: Object.fromEntries(limits.map(([limit, value]) => [limit, Number(value)])),
      literals: type === 'enum' ? (rest[0] as string).split('|') : [],
    },
  ]
}

const types = new Map<string, Field[]>()
for (const line of FIELDS.trim().split('\n')) {
  const [owner, field] = parseField(line)
  types.set(owner, [...(types.get(owner) ?? []), field])
}

/** The fields of a type in the order in which the API writes them. */
export const fieldsOf = (type: string): readonly string[] => (types.get(type) ?? []).map((field) => field.name)

const PATH_ID =
  /^(\/?((\.\.)|(([a-z0-9]|[a-z0-9][a-z0-9-]*[a-z0-9])\.)*([a-z0-9]|[a-z0-9][a-z0-9-]*[a-z0-9]))?($|\/))+$/
const LEGACY_NAME = /^[a-z0-9]([-a-z0-9]*[a-z0-9])?$/

type Check = (value: unknown, path: string, field: Field) => Fault[]

const fault = (path: string, error: string): Fault[] => [{ path, error }]
const text =
  (pattern?: RegExp): Check =>
  (value, path, { limits }) => {
    if (typeof value !== 'string') return fault(path, 'error.expected.jsstring')
    if (value.length < (limits.minLength ?? 0)) return fault(path, 'error.minLength')
    return pattern && !pattern.test(value) ? fault(path, 'error.pattern') : []
  }
const number: Check = (value, path, { type, limits }) => {
  if (typeof value !== 'number') return fault(path, 'error.expected.jsnumber')
  if (type === 'integer' && !Number.isInteger(value)) return fault(path, 'error.expected.int')
  if (value < (limits.min ?? Number.NEGATIVE_INFINITY)) return fault(path, 'error.min')
  return value > (limits.max ?? Number.POSITIVE_INFINITY) ? fault(path, 'error.max') : []
}
const isObject = (value: unknown): value is Record<string, unknown> =>
  typeof value === 'object' && value !== null && !Array.isArray(value)
const values =
  (check: Check): Check =>
  (value, path, field) =>
    isObject(value)
      ? Object.entries(value).flatMap(([key, one]) => check(one, `${path}/${key}`, field))
      : fault(path, 'error.expected.jsobject')

const checks: Readonly<Record<string, Check>> = {
  any: () => [],
  string: text(),
  datetime: text(),
  PathId: text(PATH_ID),
  LegacyName: text(LEGACY_NAME),
  number,
  integer: number,
  Port: (value, path, field) => number(value, path, { ...field, type: 'integer', limits: { min: 0, max: 65_535 } }),
  boolean: (value, path) => (typeof value === 'boolean' ? [] : fault(path, 'error.expected.jsboolean')),
  enum: (value, path, { literals }) =>
    literals.includes(value as string) ? [] : fault(path, 'error.unknown.enum.literal'),
  Strings: values(text()),
  Env: values((value, path) =>
    typeof value === 'string' || (isObject(value) && typeof value.secret === 'string')
      ? []
      : fault(path, 'error.expected.jsstring'),
  ),
  Constraint: (value, path) =>
    Array.isArray(value) && value.length >= 2 && value.length <= 3 && value.every((word) => typeof word === 'string')
      ? []
      : fault(path, Array.isArray(value) ? 'error.minLength' : 'error.expected.jsarray'),
  UnreachableStrategy: (value, path) => (value === 'disabled' ? [] : readType('UnreachableEnabled', value, path)),
}

const readField = (field: Field, value: unknown, path: string): Fault[] => {
  if (!field.type.endsWith('[]'))
    return (checks[field.type] ?? ((v, p) => readType(field.type, v, p)))(value, path, field)
  if (!Array.isArray(value)) return fault(path, 'error.expected.jsarray')
  const item = { ...field, type: field.type.slice(0, -2) }
  return value.flatMap((one, index) => readField(item, one, `${path}(${index})`))
}

/**
 * Checks a value against a type; unknown fields are ignored, as null ones are. `update`: nothing at the top need be
 * given.
 */
export const readType = (type: string, value: unknown, path = '', update = false): Fault[] => {
  const fields = types.get(type) as Field[]
  if (!isObject(value)) {
    const first = fields.find((field) => field.required)
    return fault(
      first ? `${path}/${first.name}` : path,
      first ? `${JSON.stringify(value)} is not an object` : 'error.expected.jsobject',
    )
  }
  return fields.flatMap((field) => {
    const given = value[field.name]
    if (given !== undefined && given !== null) return readField(field, given, `${path}/${field.name}`)
    return field.required && !update
      ? fault(`${path}/${field.name}`, `'${field.name}' is undefined on object: ${JSON.stringify(value)}`)
      : []
  })
}
