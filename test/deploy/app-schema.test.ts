import { readFileSync } from 'node:fs'
import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { appJsonSchema } from '../../scripts/schema.ts'

const test = suite('app schema: the fields of Marathon')

const schema = appJsonSchema()

interface Node {
  readonly type?: string
  readonly properties?: Readonly<Record<string, Node>>
  readonly additionalProperties?: boolean | Node
  readonly required?: readonly string[]
  readonly items?: Node
  readonly anyOf?: readonly Node[]
  readonly enum?: readonly unknown[]
  readonly const?: unknown
  readonly description?: string
  readonly minimum?: number
  readonly maximum?: number
  readonly minLength?: number
  readonly maxLength?: number
  readonly minItems?: number
  readonly maxItems?: number
  readonly pattern?: string
}

interface Field {
  readonly name: string
  readonly type: string
  readonly required: boolean
  readonly limits: Readonly<Record<string, string>>
}
const limitsOf = (text: string): Record<string, string> =>
  Object.fromEntries(
    text
      .split('; ')
      .filter(Boolean)
      .map((limit) => limit.split(/=(.*)/s).slice(0, 2) as [string, string]),
  )

const types = new Map<
  string,
  { readonly is: string; readonly limits: Record<string, string>; readonly fields: Field[] }
>()
for (const line of readFileSync(new URL('app-fields.tsv', import.meta.url), 'utf8')
  .split('\n')
  .slice(1)
  .filter(Boolean)) {
  const [type = '', name = '', is = '', required = '', standard = '', limits = ''] = line.split('\t')
  const known = types.get(type) ?? { is, limits: limitsOf(limits), fields: [] }
  types.set(type, known)
  // What has a default need not be said.
  if (name !== '')
    known.fields.push({ name, type: is, required: required === 'true' && standard === '', limits: limitsOf(limits) })
}

/** Marathon answers them and refuses them in a request; or they stand in a place where any key may. */
const LEFT_OUT = ['App.version', 'App.versionInfo']
/** Looser than Marathon, on purpose: their combinations are Marathon's to check. */
const LOOSE = /^App\.(container\.volumes|check\.exec|unreachableStrategy|env|labels|secrets)|\.(labels|options)$/

const strictest = (node: Node): Node => (node.anyOf ? (node.anyOf.find((each) => each.properties) ?? node) : node)

type Limits = Readonly<Record<string, string>>

/** How an object differs: what it lacks, what it has too much, and what is required of it. */
function fieldDifferences(node: Node, fields: readonly Field[], path: string): string[] {
  const object = strictest(node)
  if (object.additionalProperties !== false) return [`${path} takes any key`]
  const known = fields.filter(({ name }) => !name.startsWith('/') && !LEFT_OUT.includes(`${path}.${name}`))
  const extra = Object.keys(object.properties ?? {}).filter(
    (name) => name !== '$schema' && !known.some((field) => field.name === name),
  )
  return [
    ...extra.map((name) => `${path}.${name} is not Marathon's`),
    ...known.flatMap((field) => {
      const needed = object.required?.includes(field.name) ?? false
      const inner = differences(object.properties?.[field.name], field.type, `${path}.${field.name}`, field.limits)
      return needed === field.required
        ? inner
        : [...inner, `${path}.${field.name} is ${field.required ? '' : 'not '}required`]
    }),
  ]
}

/** How a single value differs. */
function limitDifferences(node: Node, type: string, path: string, is: string, all: Limits): string[] {
  const wrong: string[] = []
  const compare = (key: string, here: number | undefined): void => {
    if (all[key] !== undefined && Number(all[key]) !== here) wrong.push(`${path}: ${key} is ${all[key]}, not ${here}`)
  }
  compare('min', node.minimum)
  compare('max', node.maximum)
  compare('minLength', node.minLength)
  compare('maxLength', node.maxLength)
  compare('minItems', node.minItems)
  compare('maxItems', node.maxItems)
  if (
    all.enum !== undefined &&
    JSON.stringify([...(node.enum ?? [node.const])].sort()) !== JSON.stringify(all.enum.split('|').sort())
  )
    wrong.push(`${path}: is one of ${all.enum}`)
  if (all.pattern !== undefined && type !== 'string' && node.pattern === undefined)
    wrong.push(`${path}: has no pattern`)
  if (
    /^(string|integer|number|boolean)$/.test(is) &&
    node.enum === undefined &&
    node.anyOf === undefined &&
    node.type !== is
  )
    wrong.push(`${path}: is ${is}, not ${node.type}`)
  return wrong
}

/** How a node of the JSON Schema differs from a type of Marathon's. */
function differences(node: Node | undefined, type: string, path: string, limits: Limits): string[] {
  if (node === undefined) return [`${path} is missing`]
  if (LOOSE.test(path)) return []
  if (type.endsWith('[]')) {
    const item = Object.fromEntries(
      Object.entries(limits)
        .filter(([key]) => key.startsWith('item.'))
        .map(([key, value]) => [key.slice(5), value]),
    )
    return node.type === 'array'
      ? differences(node.items, type.slice(0, -2), `${path}[]`, item)
      : [`${path} is no list`]
  }
  const named = types.get(type)
  if (named && named.fields.length > 0) return fieldDifferences(node, named.fields, path)
  return limitDifferences(node, type, path, named?.is ?? type, { ...named?.limits, ...limits })
}

test("the table is Marathon's", () => assert.ok(types.size > 60 && (types.get('App')?.fields.length ?? 0) > 40))

test('every field, its type and its limits', () => assert.equal(differences(schema as Node, 'App', 'App', {}), []))

test('the comparison sees what is wrong', () => {
  const broken = structuredClone(schema) as { properties: Record<string, Record<string, unknown>>; required: string[] }
  delete broken.properties.mem
  broken.properties.cpuz = { type: 'number' }
  broken.properties.instances = { type: 'string' }
  broken.required = ['id', 'cmd']
  assert.equal(
    differences(broken as Node, 'App', 'App', {}).sort(),
    [
      "App.cpuz is not Marathon's",
      'App.cmd is not required',
      'App.instances: is integer, not string',
      'App.instances: min is 0.0, not undefined',
      'App.mem is missing',
    ].sort(),
  )
})

test('every key is described: editors show it', () => {
  const silent = (node: Node, path: string): string[] => [
    ...Object.entries(node.properties ?? {}).flatMap(([key, inner]) => [
      ...(inner.description ? [] : [`${path}.${key}`]),
      ...silent(inner, `${path}.${key}`),
    ]),
    ...(node.items ? silent(node.items, `${path}[]`) : []),
  ]
  assert.equal(silent(schema as Node, ''), [])
})

test.run()
