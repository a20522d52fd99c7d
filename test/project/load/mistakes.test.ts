// Under tsx: files of users are loaded in this process.
import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { load, message } from './ground.ts'

const test = suite('loadInventory: mistakes')

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

test.run()
