import { readFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { Ajv } from 'ajv'
import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { builtInSchema } from '../../scripts/schema.ts'
import { ADDRESS } from '../../src/inventory/schema.ts'
import { loadInventory } from '../../src/project/load.ts'
import { rolesIn } from '../../src/project/roles.ts'

// The schema that is shipped, with the built-in roles and recipes. That it and the program agree on mistakes:
// mistakes.test.ts.
const test = suite('JSON Schema')
const root = dirname(dirname(import.meta.dirname))
const schema = await builtInSchema()
const example: { $schema: string; hosts: object } = JSON.parse(readFileSync(join(root, 'inventory.json'), 'utf8'))
const valid = new Ajv({ allErrors: true, strict: false }).compile<unknown>(schema as object)

test('the example inventory is valid, for an editor and for the program', async () => {
  assert.ok(valid(example), JSON.stringify(valid.errors))
  const cluster = await loadInventory('inventory.json', { folder: root })
  assert.equal(
    cluster.hosts.map((host) => host.name),
    Object.keys(example.hosts),
  )
})

test('the example names its schema, where the build puts it', () => {
  assert.is(example.$schema, './dist/schema/inventory.json')
})

interface Node {
  readonly description?: string
  readonly properties?: Readonly<Record<string, Node>>
  readonly additionalProperties?: boolean | Node
  readonly anyOf?: readonly Node[]
  readonly enum?: readonly string[]
  readonly items?: Node
  readonly required?: readonly string[]
  readonly $ref?: string
  readonly $defs?: Readonly<Record<string, Node>>
}

/** A recipe's variables stand in one place, and are referred to from all others. */
const whole = (node: Node | undefined): Node | undefined =>
  node?.$ref === undefined ? node : (schema as Node).$defs?.[node.$ref.replace('#/$defs/', '')]
const props = (node: Node | undefined, ...path: string[]): Node | undefined =>
  path.reduce((n, key) => whole(n?.properties?.[key]), node)
const host = (schema as Node).properties?.hosts?.additionalProperties as Node

test('it completes the built-in roles', () => {
  assert.equal(props(host, 'roles')?.items?.anyOf?.[0]?.enum, rolesIn(root).names)
})

test("it knows the built-in recipes' variables for all hosts, roles and single hosts; none must be given in one place", () => {
  for (const vars of [
    props(schema as Node, 'vars'),
    props(schema as Node, 'roles', 'zookeeper', 'vars'),
    props(host, 'vars'),
  ]) {
    assert.ok(props(vars, 'zookeeper', 'id'))
    assert.is(props(vars, 'zookeeper')?.required, undefined)
    assert.is(props(vars, 'zookeeper')?.additionalProperties, false)
  }
})

test('every key is described: editors show it', () => {
  const silent = (node: Node, path: string): string[] => [
    ...Object.entries(node.properties ?? {}).flatMap(([key, inner]) => [
      // A recipe or a role by its name needs no words; everything else does.
      ...(inner.description || /(^|\.)(vars|roles)$/.test(path) ? [] : [`${path}.${key}`]),
      ...silent(inner, `${path}.${key}`),
    ]),
    ...(typeof node.additionalProperties === 'object' ? silent(node.additionalProperties, `${path}.*`) : []),
  ]
  assert.equal(silent(schema as Node, ''), [])
  assert.equal(
    Object.entries((schema as Node).$defs ?? {}).flatMap(([name, vars]) => silent(vars, name)),
    [],
  )
})

const addresses: readonly [text: string, good: boolean][] = [
  ['10.0.0.1', true],
  ['255.255.255.255', true],
  ['::', true],
  ['::1', true],
  ['2001:db8::8a2e:370:7334', true],
  ['1:2:3:4:5:6:7:8', true],
  ['fe80::', true],
  ['host', true],
  ['my_host-2.example.com', true],
  ['3com.com', true],
  ['xn--bcher-kva.example.', true],
  ['10.0.0.256', false],
  ['10.0.0', false],
  ['1.2.3.4.5', false],
  ['1:2:3:4:5:6:7', false],
  ['1:2:3:4:5:6:7:8:9', false],
  ['1::2::3', false],
  [':1:2', false],
  ['12345::', false],
  ['fe80::1%eth0', false],
  ['-host', false],
  ['host-', false],
  ['a..b', false],
  ['a b', false],
  ['', false],
  ['user@host', false],
  ['host:22', false],
]
for (const [text, good] of addresses)
  test(`address ${JSON.stringify(text)} ${good ? 'is one' : 'is none'}`, () => assert.is(ADDRESS.test(text), good))

test.run()
