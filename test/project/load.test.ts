// Under tsx: files of users are loaded in this process.
import { mkdirSync, mkdtempSync, realpathSync, rmSync, symlinkSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import type { Cluster } from '../../src/model/recipe.ts'
import { loadInventory } from '../../src/project/load.ts'
import { rolesIn } from '../../src/project/roles.ts'
import { Secret } from '../../src/shell/secret.ts'

// Built-in roles are of no interest here, but that there are some: these tests use `base`.
const test = suite('loadInventory')
const made: string[] = []
test.after(() => {
  for (const folder of made) rmSync(folder, { recursive: true })
})

/** A folder with these files; an inventory of one host with these roles, unless there is one among them. */
function project(files: Readonly<Record<string, string>>, roles: readonly string[] = []): string {
  const folder = realpathSync(mkdtempSync(join(tmpdir(), 'project-')))
  made.push(folder)
  const all = { 'inventory.json': JSON.stringify({ hosts: { a: { address: 'a', roles } } }), ...files }
  for (const [name, text] of Object.entries(all)) {
    mkdirSync(dirname(join(folder, name)), { recursive: true })
    writeFileSync(join(folder, name), text)
  }
  return folder
}

const load = (files: Readonly<Record<string, string>>, roles: readonly string[] = []): Promise<Cluster> =>
  loadInventory('inventory.json', { folder: project(files, roles) })
const recipes = (cluster: Cluster, role: string) => cluster.roles.get(role)?.recipes.map((recipe) => recipe.name)

async function message(work: Promise<unknown>): Promise<string> {
  try {
    await work
  } catch (error) {
    return `${(error as Error).name}: ${(error as Error).message}`
  }
  throw new Error('no error')
}

const recipe = (
  name: string,
  body = "{ name: 'NAME', attributes: v.object({ on: v.optional(v.boolean(), true) }), resources: () => [] }",
) =>
  `import * as v from 'valibot'\nimport { defineRecipe } from 'provision-ssh'\nexport const ${name} = defineRecipe(${body.replace('NAME', name)})\n`
const role = (name: string, of = name) =>
  `import { defineRole } from 'provision-ssh'\nimport { ${of} } from '../recipes/${of}.ts'\nexport const role = defineRole({ name: '${name}', recipes: [${of}] })\n`

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

// What is wrong with a user's files: one sentence, with file and line.
const R = "export const role = defineRole({ name: 'r', recipes: [] })\n"
const D = "import { defineRole } from 'provision-ssh'\n"
const mistakes: readonly [what: string, files: Readonly<Record<string, string>>, expected: RegExp][] = [
  [
    'a syntax error',
    { 'roles/r.ts': `${D}\nexport const = 3\n` },
    /^ProjectError: roles\/r\.ts, line 3: Expected identifier but found "="$/,
  ],
  [
    'a syntax error in JavaScript',
    { 'roles/r.js': `${D}\nexport const = 3\n` },
    /^ProjectError: roles\/r\.js, line 3: .+$/,
  ],
  [
    'an error while it is loaded',
    { 'roles/r.ts': `${D}\ninterface X { y: 1 }\n\nthrow new RangeError('oops')\n` },
    /^ProjectError: roles\/r\.ts, line 5: oops$/,
  ],
  [
    'an error in a file that it imports',
    { 'roles/r.ts': `${D}import '../recipes/x.ts'\n${R}`, 'recipes/x.ts': '\nnull.x\n' },
    /^ProjectError: recipes\/x\.ts, line 2: Cannot read properties of null/,
  ],
  [
    'a file that is not there',
    { 'roles/r.ts': `${D}\nimport '../recipes/none.ts'\n${R}` },
    /^ProjectError: roles\/r\.ts, line 3: Cannot find module '.*none\.ts'$/,
  ],
  [
    'a package that is not there',
    { 'roles/r.ts': `${D}\nimport 'left-pad-2'\n${R}` },
    /^ProjectError: roles\/r\.ts, line 3: Cannot find package 'left-pad-2'$/,
  ],
  [
    'a name that is not exported',
    { 'roles/r.ts': `import { defineRoll } from 'provision-ssh'\n${R.replace('Role', 'Roll')}` },
    /^ProjectError: roles\/r\.ts, line 1: .*does not provide an export named 'defineRoll'$/,
  ],
  [
    'a part of this package that does not exist',
    { 'roles/r.ts': `\nimport 'provision-ssh/recipes/none'\n${D}${R}` },
    /^ProjectError: roles\/r\.ts, line 2: Cannot find module 'provision-ssh\/recipes\/none'$/,
  ],
  [
    'no role',
    { 'roles/r.ts': 'export const x = 1' },
    /^ProjectError: roles\/r\.ts exports no role: export const r = defineRole\(\{ name: 'r', … \}\)$/,
  ],
  [
    'a typo of its own',
    { 'roles/r.ts': `${D}\n${R.replace('recipes', 'recipe')}` },
    /^ProjectError: roles\/r\.ts, line 3: role "r": "recipe" is not a property of it; did you mean "recipes"\?$/,
  ],
  [
    'a recipe that is not exported',
    {
      'roles/r.ts': `${D}import * as x from '../recipes/x.ts'\n${R.replace('[]', '[x.y]')}`,
      'recipes/x.ts': 'export const x = 1',
    },
    /^ProjectError: roles\/r\.ts, line 3: role "r": recipes\[0\] is undefined: is it exported under that name, and do two files import each other\?$/,
  ],
  [
    'a module for a recipe',
    {
      'roles/r.ts': `${D}import * as x from '../recipes/x.ts'\n${R.replace('[]', '[x]')}`,
      'recipes/x.ts': 'export const x = 1',
    },
    /^ProjectError: roles\/r\.ts, line 3: role "r": recipes\[0\] is a module: import the recipe in it by its name/,
  ],
  [
    'the name of a recipe',
    { 'roles/r.ts': `${D}${R.replace('[]', "['base']")}` },
    /^ProjectError: roles\/r\.ts, line 2: role "r": recipes\[0\] is text: import the recipe "base"/,
  ],
  [
    'a list in its list',
    { 'roles/r.ts': `${D}${R.replace('[]', '[[]]')}` },
    /recipes\[0\] is a list: write its recipes out/,
  ],
  [
    'no list of recipes',
    { 'roles/r.ts': `export const role = { name: 'r', recipes: undefined }` },
    /^ProjectError: roles\/r\.ts: role "r": recipes must be a list \[ … \], not undefined$/,
  ],
  [
    'text where the roles before it are listed',
    { 'roles/r.ts': `${D}${R.replace('[]', "[], after: 'base'")}` },
    /after must be a list of names of roles/,
  ],
  [
    'another name',
    { 'roles/r.ts': `${D}${R.replace("'r'", "'q'")}` },
    /^ProjectError: roles\/r\.ts defines the role "q": give it the name "r", or the file its name$/,
  ],
]
for (const [what, files, expected] of mistakes) {
  test(`a user's role with ${what}`, async () => assert.match(await message(load(files, ['r'])), expected))
}

// What is wrong with a user's recipe, and can be seen when it is loaded.
const definitions: readonly [what: string, definition: string, expected: RegExp | undefined][] = [
  ['no attributes', "name: 'x', resources: () => []", undefined],
  [
    'attributes that are no schema',
    "name: 'x', attributes: { port: v.number() }, resources: () => []",
    /line 4: recipe "x": attributes must be a valibot schema: write v\.object\(\{ … \}\) around the object$/,
  ],
  [
    'attributes of another library',
    "name: 'x', attributes: { '~standard': {} }, resources: () => []",
    /a schema of valibot/,
  ],
  ['async attributes', "name: 'x', attributes: v.objectAsync({}), resources: () => []", /attributes must not be async/],
  [
    'text for attributes',
    "name: 'x', attributes: 'port', resources: () => []",
    /attributes must be a valibot schema, v\.object\(\{ … \}\), not text/,
  ],
  ['no name', 'resources: () => []', /line 4: a recipe needs a name/],
  ['no resources', "name: 'x'", /line 4: recipe "x": it needs resources, a function/],
  [
    'a misspelt property',
    "name: 'x', helth: 1, resources: () => []",
    /"helth" is not a property of it; did you mean "health"\?/,
  ],
  ['a check that is no function', "name: 'x', check: [], resources: () => []", /check must be a function, not a list/],
  [
    'a check that throws',
    "name: 'x', resources: () => [],\n check: (cluster) => cluster.nothing.here",
    /^RecipeError: recipe "x" \(recipes\/x\.ts, line 5\): check: Cannot read/,
  ],
  [
    'an async check',
    "name: 'x', resources: () => [], check: async () => { throw new Error('x') }",
    /\(recipes\/x\.ts, line 4\): check must not be async/,
  ],
  [
    'a check that gives no mistakes',
    "name: 'x', resources: () => [], check: () => ['odd']",
    /check must return a list of mistakes/,
  ],
  [
    'attributes that throw',
    "name: 'x', resources: () => [],\n attributes: v.pipe(v.object({}), v.check(() => null.x))",
    /^RecipeError: recipe "x" \(recipes\/x\.ts, line 5\): attributes: Cannot read/,
  ],
]
for (const [what, definition, expected] of definitions) {
  test(`a user's recipe with ${what}`, async () => {
    const files = {
      'roles/r.ts': `${D}import { x } from '../recipes/x.ts'\n${R.replace('[]', '[x]')}`,
      'recipes/x.ts': `import * as v from 'valibot'\nimport { defineRecipe } from 'provision-ssh'\n\nexport const x = defineRecipe({ ${definition} })\n`,
    }
    if (expected === undefined) assert.equal((await load(files, ['r'])).host('a').vars.x, {})
    else assert.match(await message(load(files, ['r'])), expected)
  })
}

test('an inventory that lies further up', async () => {
  const folder = project({ 'inventory.json': '{}', 'recipes/a/x': '' })
  const said = await message(loadInventory('inventory.json', { folder: join(folder, 'recipes', 'a') }))
  assert.is(said, 'InventoryFileError: there is no inventory.json here: there is one in ../..: run it there')
})

test('what has the name of a role, and is none', async () => {
  const folder = project({ 'roles/dir.ts/x': '' }, ['dir', 'gone'])
  symlinkSync('nowhere', join(folder, 'roles', 'gone.ts'))
  const said = await message(loadInventory('inventory.json', { folder }))
  for (const name of ['dir', 'gone']) assert.match(said, `there is no role "${name}"`)
})

test('what cannot be imported is named, with who does it', async () => {
  const imports = (what: string) => ({
    'recipes/one.ts': `${recipe('one')}import what from '${what}'\nconsole.error(what)\n`,
    'roles/one.ts': role('one'),
    'recipes/data.yaml': 'a: 1',
  })
  const mistakes = {
    './data.yaml': 'recipes/data.yaml: files whose names end in ".yaml" cannot be imported: read it with readFileSync',
    './nosuch.ts': "recipes/one.ts, line 4: Cannot find module 'recipes/nosuch.ts'",
  }
  for (const [what, says] of Object.entries(mistakes))
    assert.is(await message(load(imports(what), ['one'])), `ProjectError: ${says}`)
})

test('an inventory that is not there, or no file', async () => {
  const folder = project({ 'dir/group_vars/x': '' })
  assert.is(
    await message(loadInventory('none.json', { folder })),
    'InventoryFileError: there is no none.json here: make one, or name another with -i FILE',
  )
  assert.is(
    await message(loadInventory('dir', { folder })),
    'InventoryFileError: dir is a folder without an inventory in it',
  )
  writeFileSync(join(folder, 'latin1.json'), Buffer.from('{"hosts":{"K\xf6ln":{}}}', 'latin1'))
  assert.is(
    await message(loadInventory('latin1.json', { folder })),
    'InventoryFileError: latin1.json is not UTF-8 text',
  )
})

test('an inventory elsewhere: roles come from the working folder, paths start beside the file', async () => {
  const folder = project({
    'roles/hello.ts': role('hello'),
    'recipes/hello.ts': recipe('hello'),
    'fleet/prod.json': JSON.stringify({
      ssh: { identityFile: 'key' },
      hosts: { a: { address: 'a', roles: ['hello'] } },
    }),
  })
  const cluster = await loadInventory('fleet/prod.json', { folder })
  assert.is(cluster.host('a').ssh.identityFile, join(folder, 'fleet', 'key'))
})

test.run()
