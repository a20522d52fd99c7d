import { chmodSync, symlinkSync } from 'node:fs'
import { join } from 'node:path'
import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { good, run, write } from './support/packed.ts'
import {
  type Files,
  inventory,
  PROGRAM,
  projects,
  readsInventories,
  recipe,
  role,
  secondInstallation,
  withProjects,
} from './support/user-projects.ts'

const test = suite("users' projects")
const its = await withProjects(test)
const { base, home, bin, count, project, provision, real } = its

for (const [what, roles, files] of projects) {
  for (const [where, name] of [
    ['', undefined],
    [', in a folder with a space and parentheses', `my projects (${count()})/${what.slice(0, 10)}`],
  ] as const)
    real(`${what}${where}`, () => {
      const folder = project({ ...files, 'inventory.json': inventory(...roles) }, name)
      const shown = good(provision(folder, 'hosts'))
      for (const each of roles) assert.match(shown, new RegExp(`^${each}-1 .* ${each}$`, 'm'))
    })
  real(`${what}: by a program of the user, twice`, () => {
    const folder = project({ ...files, 'inventory.json': inventory(...roles) }, `home/${what.slice(0, 12)}`)
    write(folder, { 'program.mjs': PROGRAM })
    const names = [...roles].sort().join()
    assert.is(good(run(folder, process.execPath, ['program.mjs'])), `${names} ${names} true\n`)
  })
}

real('inventories in TypeScript and in YAML', () => {
  const folder = readsInventories(its, 'home/inventories')
  const mistakes: readonly (readonly [text: string, says: string])[] = [
    ['new Promise(() => {})', 'inventory.ts: the inventory that it promises does not come\n'],
    ["() => { throw new Error('odd') }", 'inventory.ts, line 1: odd\n'],
    ['() => process.exit(0)', 'inventory.ts, line 1: process.exit must not be called here\n'],
  ]
  for (const [text, says] of mistakes) {
    write(folder, { 'inventory.ts': `export default ${text}\n` })
    for (const _ of ['cold', 'warm']) {
      const { status, out, err } = provision(folder, 'hosts')
      assert.equal([status, out, err], [3, '', says])
    }
  }
})

real('roles and recipes as .cjs and .mjs, in a project that has the package installed', () => {
  const folder = project({
    'recipes/one.cjs':
      "const { defineRecipe, file, Secret } = require('provision-ssh')\nexports.one = defineRecipe({ name: 'one', resources: () => [file('/x', { content: new Secret(__filename) })] })\n",
    'roles/one.cjs':
      "const { defineRole } = require('provision-ssh')\nmodule.exports = defineRole({ name: 'one', recipes: [require('../recipes/one.cjs').one] })\n",
    'recipes/two.mjs': recipe('two'),
    'roles/two.mjs': role('two', '../recipes/two.mjs'),
    'inventory.json': inventory('one', 'two'),
  })
  symlinkSync(join(home, 'node_modules'), join(folder, 'node_modules'))
  assert.match(good(provision(folder, 'hosts')), /^one-1 .* one\n+two-1 .* two$/m)
})

const REQUIRES =
  "const { defineRole } = require('provision-ssh')\nmodule.exports = defineRole({ name: 'one', recipes: [] })\n"
/** What is CommonJS where only ES modules are, and what is said of it. */
const commonJs: readonly (readonly [files: Files, says: string])[] = [
  [
    { 'roles/one.js': REQUIRES },
    "roles/one.js, line 1: require belongs to CommonJS, and this file is an ES module: write import, or end the file's name in .cjs",
  ],
  [
    { 'roles/one.ts': REQUIRES },
    'roles/one.ts, line 1: require belongs to CommonJS, and this file is an ES module: write import',
  ],
  [
    {
      'roles/one.js': role('one', '../recipes/one.js'),
      'recipes/one.js': "module.exports.one = { name: 'one', resources: () => [] }\n",
    },
    "recipes/one.js: module belongs to CommonJS, and this file is an ES module: write export, or end the file's name in .cjs",
  ],
  [
    { 'roles/one.js': role('one', '../recipes/one.js'), 'recipes/one.js': recipe('one', 'return __dirname') },
    'recipe "one" (recipes/one.js, line 7): check: __dirname belongs to CommonJS, and this file is an ES module: write import.meta.dirname, or end the file\'s name in .cjs',
  ],
]
for (const [i, [files, says]] of commonJs.entries())
  real(`CommonJS in ${Object.keys(files).join(' and ')}`, () => {
    const type = ['', '"type": "commonjs"', '"type": "module"', ''][i]
    const folder = project({ ...files, 'package.json': `{ ${type} }`, 'inventory.json': inventory('one') })
    const { status, out, err } = provision(folder, 'hosts')
    assert.equal([status, out, err], [3, '', `${says}\n`])
  })

real('a folder that is reached by a link', () => {
  const folder = project({
    'recipes/one.ts': recipe('one'),
    'roles/one.ts': role('one'),
    'inventory.json': inventory('one'),
  })
  const link = join(base, 'link')
  symlinkSync(folder, link)
  assert.match(good(provision(link, 'hosts')), 'one-1')
  write(folder, { 'recipes/one.ts': recipe('one', 'throw new Error("odd")') })
  assert.match(provision(link, 'hosts').err, /^recipe "one" \(recipes\/one\.ts, line 7\): check: odd\n$/)
})

real('a user id without an account, a home, and the right to write', () => {
  if (process.getuid?.() !== 0) return console.log('not run here: only root can become another user')
  const files = { 'recipes/one.ts': recipe('one'), 'roles/one.ts': role('one') }
  const host = { address: '127.0.0.1', roles: ['one'], ssh: { port: 1, retries: 0 } } // nobody listens there
  const folder = project({ ...files, 'inventory.json': JSON.stringify({ hosts: { 'one-1': host } }) })
  chmodSync(base, 0o755)
  const words = ['--reuid', '4242', '--regid', '4242', '--clear-groups', 'env', '-u', 'HOME', '-u', 'XDG_CACHE_HOME']
  const as = (...args: readonly string[]) => run(folder, 'setpriv', [...words, process.execPath, bin, ...args])
  assert.match(good(as('hosts')), /^one-1 .* one$/m)
  const { status, out } = as('plan')
  assert.is(status, 4)
  assert.match(out, '127.0.0.1:1 refused the connection')
})

real('two installations of the same version side by side: each finds mistakes in the files of its user', () =>
  secondInstallation(its),
)

test.run()
