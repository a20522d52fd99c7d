import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import type { InventoryError } from '../../src/inventory/errors.ts'
import { parseInventory } from '../../src/inventory/parse.ts'
import type { Cluster } from '../../src/model/recipe.ts'
import { recipesOf } from '../../src/model/recipes-of.ts'
import { REDACTED, reveal, Secret } from '../../src/shell/secret.ts'
import { parse } from './parse-support.ts'
import { roles } from './roles.ts'

const test = suite('parseInventory')

// Precedence, one table: which layers write `heap`, and who wins. Host z has the roles quorum and web, in this order.
const layers: readonly [
  what: string,
  all: number | undefined,
  quorum: number | undefined,
  web: number | undefined,
  host: number | undefined,
  heap: number,
][] = [
  ["the schema's default where nobody says anything", undefined, undefined, undefined, undefined, 1000],
  ['all wins over the default', 101, undefined, undefined, undefined, 101],
  ['a role wins over all', 101, 102, undefined, undefined, 102],
  ["the later role in the host's list wins over the earlier one", 101, 102, 103, undefined, 103],
  ['the host wins over everything', 101, 102, 103, 104, 104],
  ['the host wins over the default alone', undefined, undefined, undefined, 104, 104],
]
for (const [what, all, quorum, web, host, heap] of layers) {
  test(`variables: ${what}`, () => {
    const vars = (value: number | undefined, more = {}) => ({
      vars: { quorum: { ...(value ? { heap: value } : {}), ...more } },
    })
    const cluster = parse({
      ...vars(all),
      roles: { web: vars(web), quorum: vars(quorum) }, // the order here is of no meaning
      hosts: { z: { address: 'z', roles: ['quorum', 'web'], ...vars(host, { id: 1 }) } },
    })
    assert.is(cluster.host('z').vars.quorum?.heap, heap)
  })
}

test('variables: each attribute comes from its own place; objects and lists are replaced whole', () => {
  const cluster = parse({
    vars: { quorum: { heap: 200, limits: { files: 1, tasks: 2 } }, base: { packages: ['a', 'b'] } },
    roles: { quorum: { vars: { quorum: { mode: 'fast' }, base: { packages: ['c'] } } } },
    hosts: { z: { address: 'z', roles: ['quorum'], vars: { quorum: { id: 7, limits: { files: 9 } } } } },
  })
  assert.equal(cluster.host('z').vars, {
    base: { packages: ['c'] },
    quorum: { id: 7, heap: 200, mode: 'fast', limits: { files: 9 }, path: '/var/lib/quorum', source: 'debian' },
  })
})

test('variables: a host has those of its own recipes only', () => {
  const cluster = parse({
    vars: { web: { port: 81 } },
    hosts: { a: { address: 'a', roles: ['plain'] }, b: { address: 'b', roles: ['web'] } },
  })
  assert.equal(Object.keys(cluster.host('a').vars), ['base'])
  assert.equal(cluster.host('b').vars.web, { port: 81 })
})

test('variables: those of the command line win over the host, and are named as such where they are wrong', () => {
  const text = JSON.stringify({
    hosts: { z: { address: 'z', roles: ['quorum'], vars: { quorum: { id: 1, heap: 104 } } } },
  })
  const heap = (value: unknown) =>
    parseInventory(text, { path: 'inventory.json', roles, extraVars: { quorum: { heap: value } } })
  assert.is(heap(105).host('z').vars.quorum?.heap, 105)
  try {
    heap('x')
    assert.unreachable()
  } catch (error) {
    assert.equal((error as InventoryError).mistakes, [
      { path: '--extra-vars.quorum.heap', message: 'must be a number, not "x"' },
    ])
  }
})

test('variables: for who asks only for addresses none is looked at, whatever is wrong with them; all else is', () => {
  const addresses = (host: object): Cluster =>
    parseInventory(JSON.stringify({ vars: { quorum: { heap: 'much' }, none: {} }, hosts: { z: host } }), {
      path: '/etc/fleet/inventory.json',
      roles,
      withoutVars: true,
      secrets: () => {
        throw new Error('no secret is read')
      },
    })
  const vars = { quorum: { hep: 1 }, base: {} }
  const { address, vars: none } = addresses({ address: 'z', roles: ['quorum'], vars }).host('z')
  assert.equal([address, none], ['z', {}])
  assert.throws(() => addresses({ roles: ['quorum'], vars }), /1 mistake:\n {2}hosts\.z\.address +is missing$/)
})

test('ssh: all < role < host, key by key; a relative key file lies beside the inventory', () => {
  const cluster = parse({
    ssh: { user: 'admin', port: 2222, identityFile: 'keys/all' },
    roles: { web: { ssh: { user: 'web', identityFile: '~/.ssh/web' } }, plain: { ssh: { retries: 1 } } },
    hosts: { a: { address: 'a', roles: [] }, b: { address: 'b', roles: ['web', 'plain'], ssh: { port: 22 } } },
  })
  assert.equal(cluster.host('a').ssh, { user: 'admin', port: 2222, identityFile: '/etc/fleet/keys/all' })
  assert.equal(cluster.host('b').ssh, { user: 'web', port: 22, identityFile: '~/.ssh/web', retries: 1 })
})

test('a host without privateAddress has its address there', () => {
  const cluster = parse({
    hosts: {
      a: { address: '10.0.0.1', roles: [] },
      b: { address: '10.0.0.2', privateAddress: '172.16.0.2', roles: [] },
    },
  })
  assert.equal(
    cluster.hosts.map((h) => h.privateAddress),
    ['10.0.0.1', '172.16.0.2'],
  )
})

test('a cluster answers by recipe, role and name', () => {
  const q = (id: number, ...more: string[]) => ({
    address: `h${id}`,
    roles: ['quorum', ...more],
    vars: { quorum: { id } },
  })
  const cluster = parse({ hosts: { z: q(3), y: q(2, 'web'), x: q(1), w: { address: 'w', roles: ['plain'] } } })
  const names = (hosts: Cluster['hosts']) => hosts.map((h) => h.name).join(' ')
  assert.is(names(cluster.hosts), 'z y x w', "hosts keep the inventory's order")
  assert.is(names(cluster.withRecipe('quorum')), 'x y z', 'by name, so that files made from them do not flap')
  assert.is(names(cluster.withRecipe('base')), 'w x y z')
  assert.is(names(cluster.withRole('web')), 'y')
  assert.equal(cluster.withRole('nobody'), [])
  assert.equal([...cluster.roles.keys()], ['plain', 'quorum', 'web'])
  assert.equal(
    recipesOf(cluster.host('y'), roles).map((r) => r.name),
    ['base', 'quorum', 'web'],
    'each recipe once',
  )
  assert.throws(() => cluster.host('v'), /there is no host "v"/)
})

test('roles that no host has are not part of the cluster', () => {
  assert.equal([...parse({ hosts: { a: { address: 'a', roles: ['plain'] } } }).roles.keys()], ['plain'])
})

test('the cluster is frozen', () => {
  const cluster = parse({ hosts: { a: { address: 'a', roles: ['web'] } } })
  const host = cluster.host('a')
  for (const value of [cluster, cluster.hosts, host, host.roles, host.vars, host.vars.web, host.ssh])
    assert.ok(Object.isFrozen(value))
})

const withSecret = (password: string) => ({
  hosts: { a: { address: 'a', roles: ['quorum'], vars: { quorum: { id: 1, password } } } },
})

test('a secret reaches the recipe as one, and can be printed by nobody', () => {
  const cluster = parse(withSecret('env:PW'), () => 'hunter2')
  const value = cluster.host('a').vars.quorum?.password
  assert.instance(value, Secret)
  assert.is(reveal(value as Secret), 'hunter2')
  assert.not.match(JSON.stringify(cluster.hosts), 'hunter2')
  assert.match(JSON.stringify(cluster.hosts), REDACTED)
})

test('a secret that cannot be had is a mistake of its place, with the reason', () => {
  const fail = () => {
    throw new Error('the vault is shut')
  }
  try {
    parse(withSecret('cmd:vault'), fail)
    assert.unreachable()
  } catch (error) {
    assert.equal((error as InventoryError).mistakes, [
      { path: 'hosts.a.vars.quorum.password', message: 'the vault is shut' },
    ])
  }
})

test.run()
