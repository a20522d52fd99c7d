// Under tsx: files of users are loaded in this process.
import { mkdirSync, mkdtempSync, realpathSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { rolesIn } from '../../../src/project/roles.ts'
import { Secret } from '../../../src/shell/secret.ts'
import { load, message, recipe, recipes, role } from './ground.ts'

const test = suite('loadInventory')

test('built-in roles work in a folder without any', async () => {
  const cluster = await load({}, ['base'])
  assert.equal(recipes(cluster, 'base'), ['base'])
  assert.ok(cluster.host('a').vars.base)
})

test("a user's own role and recipe, in TypeScript", async () => {
  const cluster = await load(
    {
      'recipes/hello.ts': `${recipe('hello')}export interface X { readonly y: string }\n`,
      'roles/greeter.ts': role('greeter', 'hello'),
    },
    ['greeter', 'base'],
  )
  assert.equal([...cluster.roles.keys()], ['base', 'greeter'])
  assert.equal(recipes(cluster, 'greeter'), ['hello'])
  assert.equal(cluster.host('a').vars.hello, { on: true })
})

test('a path from which Node or tsx imports nothing is named', async () => {
  const says = async (odd: string, name: string): Promise<string> => {
    const folder = realpathSync(mkdtempSync(join(tmpdir(), `odd${odd}-`)))
    try {
      mkdirSync(join(folder, 'roles'))
      writeFileSync(join(folder, 'roles', name), 'export const x = 1')
      return (await message(rolesIn(folder).load('x'))).replace(folder, 'FOLDER')
    } finally {
      rmSync(folder, { recursive: true })
    }
  }
  const named = (odd: string) =>
    `ProjectError: FOLDER/roles/x.ts: Node cannot import a file with "${odd}" in its path; rename that`
  assert.is(await says('?', 'x.ts'), named('?'))
  assert.is(await says('\\', 'x.ts'), named('\\'))
  assert.match(await says('?', 'x.js'), /^ProjectError: roles\/x\.js exports no role/)
  assert.match(await says('# %', 'x.ts'), /^ProjectError: roles\/x\.ts exports no role/)
})

test('package.json may say anything about modules', async () => {
  for (const type of ['commonjs', 'module']) {
    const files = {
      'package.json': JSON.stringify({ type }),
      'recipes/hello.ts': recipe('hello'),
      'roles/hello.ts': role('hello'),
    }
    assert.equal(recipes(await load(files, ['hello']), 'hello'), ['hello'])
  }
})

test("a user's own recipe in JavaScript, exported by default", async () => {
  const files = {
    'roles/hello.js': `import { defineRole, defineRecipe } from 'provision-ssh'\nimport { object } from 'valibot'
export default defineRole({ name: 'hello', recipes: [defineRecipe({ name: 'x', attributes: object({}), resources: () => [] })] })`,
  }
  assert.equal(recipes(await load(files, ['hello']), 'hello'), ['x'])
})

test("'provision-ssh' is the very package that runs: classes are the same", async () => {
  const files = {
    'roles/hello.ts': `import { defineRole, defineRecipe, Secret, secret } from 'provision-ssh'
import { object } from 'valibot'
Object.assign(globalThis, { usersSecret: Secret })
export const r = defineRole({ name: 'hello', recipes: [defineRecipe({ name: 'hello', attributes: object({ s: secret() }), resources: () => [] })] })`,
    'inventory.json': JSON.stringify({
      hosts: { a: { address: 'a', roles: ['hello'], vars: { hello: { s: 'cmd:echo x' } } } },
    }),
  }
  const cluster = await load(files)
  assert.is((globalThis as { usersSecret?: unknown }).usersSecret, Secret)
  assert.instance(cluster.host('a').vars.hello?.s, Secret)
})

test("a user's role wins over the built-in one of its name, and can build on its recipes", async () => {
  const own = `import { defineRole } from 'provision-ssh'
import { base } from 'provision-ssh/recipes/base'
import { hello } from '../recipes/hello.ts'
export const role = defineRole({ name: 'base', recipes: [base, hello] })`
  assert.equal(recipes(await load({ 'recipes/hello.ts': recipe('hello'), 'roles/base.ts': own }, ['base']), 'base'), [
    'base',
    'hello',
  ])
})

test("a user's recipe takes the place of the built-in one of its name", async () => {
  const cluster = await load({ 'recipes/base.ts': recipe('base') }, ['base'])
  assert.equal(cluster.host('a').vars.base, { on: true })
})

test('only what the inventory names is imported', async () => {
  const broken = { 'roles/other.ts': 'throw new Error("imported")' }
  await load(broken, ['base'])
  assert.is(
    await message(load(broken, ['othr'])),
    'InventoryError: inventory.json has 1 mistake:\n  hosts.a.roles[0]   there is no role "othr"; did you mean "other"?',
    'the names of the others are enough to guess what was meant',
  )
})

test('an unrelated broken role is not the only mistake shown', async () => {
  const inventory = { vars: { nowhere: {} }, hosts: { a: { address: 'a', roles: ['base'] } } }
  const files = { 'inventory.json': JSON.stringify(inventory), 'roles/other.ts': 'throw new Error("imported")' }
  assert.is(
    await message(load(files)),
    'InventoryError: inventory.json has 1 mistake:\n  vars.nowhere   there is no recipe "nowhere"\nroles/other.ts, line 1: imported',
  )
})

test('a variable of a recipe that has none', async () => {
  const bare = "{ name: 'NAME', resources: () => [] }"
  const inventory = { vars: { hello: { port: 1 } }, hosts: { a: { address: 'a', roles: ['hello'] } } }
  const files = {
    'inventory.json': JSON.stringify(inventory),
    'recipes/hello.ts': recipe('hello', bare),
    'roles/hello.ts': role('hello'),
  }
  assert.match(await message(load(files)), /vars\.hello\.port {3}is not a known key; nothing may stand here$/)
})

test('several roles that are needed and broken are all named', async () => {
  const files = { 'roles/p.ts': 'throw new Error("one")', 'roles/q.ts': '\nthrow new Error("two")' }
  assert.is(await message(load(files, ['p', 'q'])), 'ProjectError: roles/p.ts, line 1: one\nroles/q.ts, line 2: two')
})

test('variables of a known recipe that no host runs are no mistake', async () => {
  const inventory = { vars: { hello: { on: false } }, hosts: { a: { address: 'a', roles: ['base'] } } }
  await load({
    'inventory.json': JSON.stringify(inventory),
    'recipes/hello.ts': recipe('hello'),
    'roles/hello.ts': role('hello'),
  })
})

test("in this package's own folder, its roles are the built-in ones", () => {
  const root = dirname(dirname(import.meta.dirname))
  assert.ok(rolesIn(root).names.includes('base'))
  assert.equal(rolesIn(root).names, rolesIn(tmpdir()).names)
})

test.run()
