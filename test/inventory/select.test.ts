import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { SelectionError } from '../../src/inventory/errors.ts'
import { parseInventory } from '../../src/inventory/parse.ts'
import { type Selection, select } from '../../src/inventory/select.ts'
import { roles } from './roles.ts'

const test = suite('select')
const host = (name: string, ...roles: string[]) => [name, { address: name, roles }] as const
const hosts = [
  host('zk-1', 'plain'),
  host('zk-2', 'plain', 'web'),
  host('zk-10', 'plain'),
  host('web-1', 'web'),
  host('db'),
]
const cluster = parseInventory(JSON.stringify({ hosts: Object.fromEntries(hosts) }), { path: 'inventory.json', roles })

const cases: readonly [selection: Selection, expected: string][] = [
  [{}, 'zk-1 zk-2 zk-10 web-1 db'],
  [{ roles: [], hosts: [] }, 'zk-1 zk-2 zk-10 web-1 db'],
  [{ roles: ['web'] }, 'zk-2 web-1'],
  [{ roles: ['web', 'plain'] }, 'zk-1 zk-2 zk-10 web-1'],
  [{ roles: ['web,plain'] }, 'zk-1 zk-2 zk-10 web-1'],
  [{ hosts: ['zk-1'] }, 'zk-1'],
  [{ hosts: ['zk-*'] }, 'zk-1 zk-2 zk-10'],
  [{ hosts: ['zk-?'] }, 'zk-1 zk-2'],
  [{ hosts: ['*'] }, 'zk-1 zk-2 zk-10 web-1 db'],
  [{ hosts: ['db, zk-1'] }, 'zk-1 db'],
  [{ hosts: ['db', 'zk-1', 'zk-1'] }, 'zk-1 db'],
  [{ hosts: ['zk-*,!zk-2'] }, 'zk-1 zk-10'],
  [{ hosts: ['!zk-*'] }, 'web-1 db'],
  [{ hosts: ['!zk-2', '*-1'] }, 'zk-1 web-1'],
  [{ hosts: ['zk-1..2'] }, 'zk-1 zk-2'],
  [{ hosts: ['*-1..2,!zk-2..2'] }, 'zk-1 web-1'],
  [{ hosts: ['!zk-1..2'] }, 'zk-10 web-1 db'],
  [{ roles: ['web'], hosts: ['zk-*'] }, 'zk-2'],
  [{ roles: ['web'], hosts: ['!zk-*'] }, 'web-1'],
]
for (const [selection, expected] of cases) {
  test(`${JSON.stringify(selection)} → ${expected}`, () => {
    const names = select(cluster, selection).map((h) => h.name)
    assert.is(names.join(' '), expected)
  })
}

const errors: readonly [selection: Selection, message: string][] = [
  [{ roles: ['wbe'] }, 'no host has the role "wbe"; did you mean "web"?'],
  [{ roles: ['zookeeper'] }, 'no host has the role "zookeeper"'],
  [{ hosts: ['zk1'] }, 'no host is named "zk1"; did you mean "zk-1"?'],
  [{ hosts: ['kafka-*'] }, 'no host is named "kafka-*"'],
  [{ hosts: ['zk-1', 'nobody'] }, 'no host is named "nobody"'],
  [{ hosts: ['!nobody'] }, 'no host is named "nobody"'],
  [{ hosts: ['zk-.'] }, 'no host is named "zk-."; did you mean "zk-1"?'],
  [{ hosts: [''] }, '"" names no host'],
  [{ hosts: [' , '] }, '" , " names no host'],
  [{ roles: ['web'], hosts: [',', ''] }, '",," names no host'],
  [{ roles: [','] }, '"," names no role'],
  [{ hosts: ['a\nb'] }, 'no host is named "a\\nb"'],
  [{ hosts: ['zk-1..3'] }, 'no host is named "zk-3"; did you mean "zk-1"?'],
  [{ hosts: ['!zk-2..1'] }, 'zk-2..1 ends before it begins: write zk-1..2'],
  [{ hosts: ['zk-1..9999'] }, 'zk-1..9999 stands for 9999 hosts, and may stand for 1000 at most'],
  [{ hosts: ['zk-1,!zk-1'] }, 'no host matches the pattern zk-1,!zk-1'],
  [{ roles: ['web'], hosts: ['db'] }, 'no host matches the role web and the pattern db'],
]
for (const [selection, message] of errors) {
  test(`${JSON.stringify(selection)}: ${message}`, () => {
    try {
      select(cluster, selection)
      assert.unreachable()
    } catch (error) {
      assert.instance(error, SelectionError)
      assert.is((error as Error).message, message)
    }
  })
}

test('an inventory without hosts', () => {
  const nobody = parseInventory('{"hosts": {}}', { path: 'inventory.json', roles })
  assert.throws(() => select(nobody, {}), /the inventory has no hosts/)
})

test.run()
