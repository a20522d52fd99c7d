import { readdirSync, readFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { Ajv } from 'ajv'
import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { jsonSchema } from '../../scripts/schema.ts'
import { InventoryError } from '../../src/inventory/errors.ts'
import { parseInventory } from '../../src/inventory/parse.ts'
import type { Role } from '../../src/model/recipe.ts'
import { rolesIn } from '../../src/project/roles.ts'
import { roles } from './roles.ts'

// One file is one case: an inventory, the mistakes it has (none: it is good), and whether an editor with the JSON
// Schema sees any of them.
interface Case {
  readonly what: string
  readonly inventory: unknown
  readonly mistakes: Readonly<Record<string, string>>
  /** What secrets stand for, where it matters. */
  readonly secrets?: Readonly<Record<string, string>>
  /** Why the JSON Schema takes what the program refuses. */
  readonly editorSeesNone?: string
  /** With the built-in roles; otherwise with small ones that are made for this. */
  readonly builtIn?: true
}

const test = suite('mistakes')
const folder = join(import.meta.dirname, 'mistakes')
const validator = (of: ReadonlyMap<string, Role>) =>
  new Ajv({ allErrors: true, strict: false }).compile(jsonSchema([...of.values()]) as object)
const small = { roles, refuses: validator(roles) }
const builtInRoles = new Map<string, Role>()
for (const name of rolesIn(dirname(dirname(import.meta.dirname))).names)
  builtInRoles.set(name, await rolesIn(dirname(dirname(import.meta.dirname))).load(name))
const large = { roles: builtInRoles, refuses: validator(builtInRoles) }

for (const name of readdirSync(folder).sort()) {
  const {
    what,
    inventory,
    mistakes,
    secrets = {},
    editorSeesNone,
    builtIn,
  }: Case = JSON.parse(readFileSync(join(folder, name), 'utf8'))
  const { roles, refuses } = builtIn ? large : small
  test(`${name}: ${what}`, () => {
    let found: readonly [string, string][] = []
    try {
      parseInventory(JSON.stringify(inventory), {
        path: '/somewhere/inventory.json',
        roles,
        secrets: (reference) => secrets[reference] ?? 'a secret value',
      })
    } catch (error) {
      if (!(error instanceof InventoryError)) throw error
      found = error.mistakes.map((m) => [m.path, m.message])
      for (const [path, message] of found) assert.ok(error.message.includes(path) && error.message.includes(message))
    }
    assert.equal(found, Object.entries(mistakes))
    const valid = refuses(inventory)
    assert.is(valid, Object.keys(mistakes).length === 0 || editorSeesNone !== undefined, JSON.stringify(refuses.errors))
  })
}

test('the message is ready to be shown: a title, then a column of paths', () => {
  const text = JSON.stringify({ hosts: { 'zk-1': { adress: '10.0.0.11', roles: ['quorm'] } } })
  try {
    parseInventory(text, { path: '/somewhere/inventory.json', roles })
    assert.unreachable()
  } catch (error) {
    assert.is(
      (error as Error).message,
      [
        'inventory.json has 2 mistakes:',
        '  hosts.zk-1.adress     is not a known key; did you mean "address"?',
        '  hosts.zk-1.roles[0]   there is no role "quorm"; did you mean "quorum"?',
      ].join('\n'),
    )
  }
})

test.run()
