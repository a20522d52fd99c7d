import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { InventoryError, InventoryFileError } from '../../src/inventory/errors.ts'
import { parseInventory } from '../../src/inventory/parse.ts'
import { parse } from './parse-support.ts'
import { roles } from './roles.ts'

const test = suite('parseInventory: mistakes')

test('what is not JSON: one sentence with line and column, and the line', () => {
  try {
    parseInventory('{\n  "hosts": {\n    "a": 1,\n  }\n}', { path: '/etc/fleet/inventory.json', roles })
    assert.unreachable()
  } catch (error) {
    assert.instance(error, InventoryFileError)
    assert.instance(error, InventoryError)
    assert.is(
      (error as Error).message,
      'inventory.json is not JSON: line 3, column 11: no comma may stand before }\n  3 |     "a": 1,\n                ^',
    )
  }
})

test('a host that is written twice is a mistake: JSON would silently keep the last', () => {
  try {
    parseInventory('{"hosts": {"a": {"address": "a", "roles": []}, "a": {"address": "b", "roles": []}}}', {
      path: 'inventory.json',
      roles,
    })
    assert.unreachable()
  } catch (error) {
    assert.equal((error as InventoryError).mistakes, [{ path: 'hosts.a', message: 'is written twice' }])
  }
})

test("an error in a recipe's check is not hidden", () => {
  const broken = new Map(roles)
  const plain = roles.get('plain')
  if (!plain?.recipes[0]) return assert.unreachable()
  const check = () => {
    throw new RangeError('oops')
  }
  broken.set('plain', { ...plain, recipes: [{ ...plain.recipes[0], check }] })
  const text = JSON.stringify({ hosts: { a: { address: 'a', roles: ['plain'] } } })
  assert.throws(() => parseInventory(text, { path: 'inventory.json', roles: broken }), /oops/)
})

const many = (count: number, host: (n: number) => object): unknown => ({
  hosts: Object.fromEntries(
    Array.from({ length: count }, (_, n) => [`n${n + 1}`, { address: `10.0.${n >> 8}.${n & 255}`, ...host(n) }]),
  ),
})
const told = (inventory: unknown): readonly string[] => {
  try {
    parse(inventory)
  } catch (error) {
    if (error instanceof InventoryError)
      return error.message.split('\n').map((line) => line.trim().replace(/ {2,}/g, ' '))
    throw error
  }
  return []
}

test('many equal mistakes are told once, with their number; all of them are there', () => {
  assert.equal(told(many(5000, () => ({ roles: ['wep'] }))), [
    'inventory.json has 5000 mistakes:',
    'hosts.n1.roles[0] there is no role "wep"; did you mean "web"? (the same 4999 times more, up to hosts.n5000.roles[0])',
  ])
  assert.equal(told(many(3, () => ({ roles: ['wep'] }))).length, 4)
  // two kinds at many hosts
  const two = told(
    many(40, (n) => ({ roles: n % 2 ? ['wep'] : ['web'], ...(n % 2 ? {} : { vars: { quorum: { id: 1 } } }) })),
  )
  assert.is(two.length, 3, two.join('\n'))
  assert.match(
    two[1] ?? '',
    /^hosts\.n1\.vars\.quorum this host does not run .*\(the same 19 times more, up to hosts\.n39\.vars\.quorum\)$/,
  )
  try {
    parse(many(5000, () => ({ roles: ['wep'] })))
  } catch (error) {
    assert.is((error as InventoryError).mistakes.length, 5000)
  }
})

test.run()
