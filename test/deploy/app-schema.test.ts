// The schema of an app against Marathon's own list of fields (app-fields.tsv: those of its RAML that an App reaches),
// and both its forms against each other.
import { readdirSync, readFileSync } from 'node:fs'
import { Ajv } from 'ajv'
import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { appJsonSchema } from '../../scripts/schema.ts'
import { definitionOf } from '../../src/clients/marathon-answers.ts'
import { parseAppFile, revealed } from '../../src/deploy/app/app-file.ts'
import { AppFileError } from '../../src/deploy/app/errors.ts'
import { Secret } from '../../src/shell/secret.ts'

const test = suite('app schema')
const schema = appJsonSchema()
const accepts = new Ajv({ allErrors: true, strict: false }).compile(schema as object)

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

// What a real Marathon stored is a good definition, and the same is true of what ran on it.
const answers = new URL('../clients/answers/', import.meta.url)
for (const name of readdirSync(answers).filter((file) => /^marathon-\d+_GET_(?!versions)/.test(file))) {
  test(`${name} could be sent again`, () => {
    const body = readFileSync(new URL(name, answers), 'utf8').split(/^# took .*$/m)[1] as string
    const { app = JSON.parse(body) } = JSON.parse(body)
    const definition = definitionOf(app)
    assert.equal(parseAppFile(JSON.stringify(definition), { path: 'app.json' }).definition, definition)
    assert.ok(accepts(definition), JSON.stringify(accepts.errors))
  })
}

interface Case {
  readonly what: string
  readonly app: unknown
  readonly mistakes: Readonly<Record<string, string>>
  /** Why the JSON Schema takes what the program refuses. */
  readonly editorSeesNone?: string
}
const cases = JSON.parse(readFileSync(new URL('mistakes.json', import.meta.url), 'utf8')) as readonly Case[]
for (const { what, app, mistakes, editorSeesNone } of cases) {
  test(what, () => {
    let found: (readonly [string, string])[] = []
    try {
      parseAppFile(JSON.stringify(app), { path: '/somewhere/app.json', secrets: () => 'a secret value' })
    } catch (error) {
      if (!(error instanceof AppFileError)) throw error
      found = error.mistakes.map((m) => [m.path, m.message] as const)
    }
    assert.equal(found, Object.entries(mistakes))
    assert.is(
      accepts(app),
      Object.keys(mistakes).length === 0 || editorSeesNone !== undefined,
      JSON.stringify(accepts.errors),
    )
  })
}

test('no JSON: where', () => {
  assert.throws(
    () => parseAppFile('{\n "id": oops }', { path: '/x/app.json' }),
    /^app\.json is not JSON: line 2, column 8: /,
  )
  assert.throws(() => parseAppFile('{ "id": "/a", "id": "/b" }', { path: '/x/app.json' }), /id {3}is written twice/)
})

for (const [what, text, says] of [
  ['YAML', '---\nid: /web\ncmd: sleep 1\n', 'is YAML, not JSON: convert it, with yq -o json for example'],
  ['YAML without its head', 'id: /web\ncmd: sleep 1\n', 'is YAML'],
  ['Docker Compose', 'services:\n  web:\n    image: web:1\n', 'is YAML'],
  ['a list in YAML', '- id: /web\n', 'is YAML'],
  ['HOCON', 'id = "/web"\n', 'is not JSON but another format (HCL, HOCON)'],
  ['a page', '\n<!DOCTYPE html><html></html>', 'is HTML or XML'],
  ['a command', 'curl -X PUT -d @web.json http://marathon:8080/v2/apps//web\n', 'is a command for a shell'],
  ['an archive', '\x1f\x8b\b\0', 'is compressed'],
  ['a template of Jinja', '{"id": "/web", "instances": {{ n }}}', 'is a template, not JSON: fill it in first'],
  ['a template of Jinja with a loop', '{"id": "/web", "env": {{% for e in env %}}}', 'is a template'],
  ['a template of a shell', '{\n"id": "/web",\n "instances": ${N}\n}', 'is a template'],
  ['a template of ERB', '{"id": "/web", "mem": <%= mem %>}', 'is a template'],
  ['a template in a text, and a comma', '{"id": "/web", "cmd": "echo {{a}}",}', 'is not JSON: line 1, column 35'],
  ['a comment', '# my app\n{"id": "/web"}', 'is not JSON: line 1, column 1'],
  ['nothing', '', 'is not JSON: line 1, column 1: the file ends where a value should be'],
] as const)
  test(`no JSON: ${what}`, () => {
    let said = ''
    try {
      parseAppFile(text, { path: '/x/app.json' })
    } catch (error) {
      said = (error as Error).message
    }
    assert.ok(said.startsWith(`app.json ${says}`), said)
  })

test('what is sent: no $schema, the id with its slash, secrets only when they are revealed', () => {
  const text = JSON.stringify({
    $schema: './app.json',
    id: 'web/app/',
    cmd: 'exec web',
    env: { KEY: { from: 'env:KEY' }, A: 'b', S: { secret: 'name' } },
  })
  const { id, definition, secrets } = parseAppFile(text, {
    path: 'app.json',
    secrets: (reference) => `value of ${reference}`,
  })
  assert.equal([id, secrets.length], ['/web/app', 1])
  assert.instance((definition.env as { KEY: unknown }).KEY, Secret)
  assert.is(JSON.stringify(definition).includes('value of'), false)
  assert.equal(revealed(definition), {
    id: '/web/app',
    cmd: 'exec web',
    env: { KEY: 'value of env:KEY', A: 'b', S: { secret: 'name' } },
  })
})

test.run()
