import { cpSync, existsSync, mkdtempSync, realpathSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { Test } from 'uvu'
import * as assert from 'uvu/assert'
import { good, installed, keepCode, type Ran, run, write } from './packed.ts'

/** Contents by path. */
export type Files = Readonly<Record<string, string>>

/** A recipe, which checks and imports what it is given. */
export const recipe = (name: string, body = '', more = '') => `import * as v from 'valibot'
import { defineRecipe, file } from 'provision-ssh'
${more}
export const ${name} = defineRecipe({
  name: '${name}',
  attributes: v.object({ text: v.optional(v.string(), 'hello') }),
  check: () => { ${body}; return [] },
  resources: (_host, _cluster, { text }) => [file('/etc/${name}', { content: text })],
})
`
/** A role of that recipe. */
export const role = (name: string, from = `../recipes/${name}.ts`) => `import { defineRole } from 'provision-ssh'
import { ${name} } from '${from}'
export const role = defineRole({ name: '${name}', recipes: [${name}] })
`
/** An inventory with a host of each role. */
export const inventory = (...roles: readonly string[]) =>
  JSON.stringify({
    hosts: Object.fromEntries(roles.map((name, i) => [`${name}-1`, { address: `192.0.2.${i + 1}`, roles: [name] }])),
  })

/** Each loads its roles, and lists a host of each. */
export const projects: readonly (readonly [what: string, roles: readonly string[], files: Files])[] = [
  [
    'roles and recipes in TypeScript and in JavaScript, beside each other',
    ['one', 'two', 'three'],
    {
      'recipes/one.ts': recipe('one', '', 'enum Port { Http = 80 }\nconst port: number = Port.Http'),
      'roles/one.ts': role('one'),
      'recipes/two.js': recipe('two'),
      'roles/two.js': role('two', '../recipes/two.js'),
      'recipes/three.ts': recipe(
        'three',
        '',
        'namespace N { export const x = 1 }\nabstract class A { constructor(readonly y: number) {} }',
      ),
      'roles/three.ts': `${role('three')}export type Unused = typeof role\n`,
    },
  ],
  [
    "tsconfig's paths",
    ['one', 'two'],
    {
      'tsconfig.json': JSON.stringify({ compilerOptions: { paths: { '@lib/*': ['./lib/*'] } } }),
      'lib/words.ts': 'export const word = (text: string): string => text\n',
      ...Object.fromEntries(
        ['one', 'two'].flatMap((name) => [
          [`recipes/${name}.ts`, recipe(name, "word('x')", "import { word } from '@lib/words'")],
          [`roles/${name}.ts`, role(name)],
        ]),
      ),
    },
  ],
  [
    'a package.json that says CommonJS, and a library that is required',
    ['one', 'two'],
    {
      'package.json': '{ "type": "commonjs" }',
      'node_modules/old/package.json': '{ "name": "old", "main": "main.js" }',
      'node_modules/old/main.js': "exports.word = require('./word')\n",
      'node_modules/old/word.js': "module.exports = 'x'\n",
      'recipes/one.ts': recipe('one', 'old.word.length', "import old from 'old'"),
      'roles/one.ts': role('one'),
      'recipes/two.ts': recipe(
        'two',
        "require('old').word.length",
        "import { createRequire } from 'node:module'\nconst require = createRequire(import.meta.url)",
      ),
      'roles/two.ts': role('two'),
    },
  ],
  [
    'a package.json that says modules, and a library of modules',
    ['one'],
    {
      'package.json': '{ "type": "module" }',
      'node_modules/fresh/package.json': '{ "name": "fresh", "type": "module", "exports": "./main.js" }',
      'node_modules/fresh/main.js': 'export const word = await Promise.resolve("x")\n',
      'recipes/one.js': recipe('one', 'word.length', "import { word } from 'fresh'"),
      'roles/one.js': role('one', '../recipes/one.js'),
    },
  ],
  [
    'files that import each other without an ending',
    ['one', 'two'],
    {
      'lib/a.ts': "import { b } from './b'\nexport const a = (): string => b()\n",
      'lib/b.ts': "import { a } from './a'\nexport const b = (): string => typeof a\n",
      'recipes/one.ts': recipe('one', 'a()', "import { a } from '../lib/a'"),
      'roles/one.ts': role('one', '../recipes/one'),
      'recipes/two.ts': recipe('two', 'b()', "import { b } from '../lib/b'"),
      'roles/two.ts': role('two', '../recipes/two.js'),
    },
  ],
]

/** A suite's folder of projects, and the installation that they use. */
export interface Projects {
  readonly base: string
  /** Where the package is installed. */
  readonly home: string
  readonly bin: string
  readonly cache: { readonly XDG_CACHE_HOME: string }
  /** Why it cannot be installed here. */
  readonly missing: string | undefined
  /** The number of projects so far. */
  count(): number
  /** A project with these files. */
  project(files: Files, name?: string): string
  /** Runs the program in a project. */
  provision(folder: string, ...args: readonly string[]): Ran
  /** A test, if it can be installed here. */
  readonly real: Test
}

/**
 * Gives a suite projects like those of users, with the packed product installed into them, run by plain Node: not under
 * tsx, as all other tests are.
 */
export async function withProjects(test: Test): Promise<Projects> {
  const base = realpathSync(mkdtempSync(join(tmpdir(), 'projects-')))
  test.after(() => rmSync(base, { recursive: true }))
  const home = join(base, 'home')
  const bin = join(home, 'node_modules', '.bin', 'provision')
  const cache = { XDG_CACHE_HOME: join(base, 'cache') }
  const missing = await installed(base, home)
  if (missing) {
    test('cannot be installed here', () => {
      console.log(`not run here: the packed tarball in projects: npm could not get its dependencies (${missing})`)
    })
  } else keepCode(bin, cache.XDG_CACHE_HOME)
  let count = 0
  return {
    ...{ base, home, bin, cache, missing },
    count: () => count,
    project(files, name = `project-${++count}`) {
      const folder = join(base, name)
      write(folder, files)
      return folder
    },
    provision: (folder, ...args) => run(folder, bin, args, cache),
    real: missing ? (Object.assign(() => undefined, test) as never) : test,
  }
}

/** What a user's own program sees, twice. */
export const PROGRAM = `import { loadInventory, makeCluster } from 'provision-ssh'
const [a, b] = [await loadInventory(), await loadInventory()]
const names = (cluster) => [...cluster.roles.keys()].sort().join()
console.log(names(a), names(b), a.roles.get('one') === b.roles.get('one'))`

/** Inventories that are no JSON, by their files; each has the host one-1. */
const HOSTS = "{ hosts: { 'one-1': { address: '192.0.2.1', roles: ['one'] } } }"
const inventories: Readonly<Record<string, Files>> = {
  'inventory.ts': {
    'inventory.ts': `import { defineInventory } from 'provision-ssh'
console.log('mine')
export default defineInventory(async () => (${HOSTS}))
`,
  },
  'hosts.yml': {
    'hosts.yml': 'web:\n  hosts:\n    one-1: { ansible_host: 192.0.2.1 }\n',
    'ansible.json': '{ "groups": { "web": ["one"] } }',
  },
}
/** Reads them in a project in a folder, the module twice: what is kept of the first run is used by the second one. */
export function readsInventories(
  { project, bin, cache }: Projects,
  name: string,
  env: Readonly<Record<string, string>> = {},
): string {
  const folder = project({ 'recipes/one.ts': recipe('one'), 'roles/one.ts': role('one') }, name)
  for (const files of Object.values(inventories)) write(folder, files)
  const address = (file: string): string =>
    JSON.parse(good(run(folder, bin, ['hosts', '-i', file, '--json'], { ...cache, ...env }))).address
  assert.equal(['inventory.ts', 'inventory.ts', 'hosts.yml'].map(address), Array(3).fill('192.0.2.1'))
  write(folder, { 'inventory.ts': `${inventories['inventory.ts']?.['inventory.ts']}`.replace('.1', '.9') })
  assert.is(address('inventory.ts'), '192.0.2.9')
  return folder
}

/** Installs it a second time, and makes a mistake in a project of each. */
export function secondInstallation(
  { base, home, cache, project }: Projects,
  env: Readonly<Record<string, string>> = {},
): void {
  const second = join(base, 'second')
  if (!existsSync(second)) cpSync(home, second, { recursive: true, verbatimSymlinks: true })
  const host = { address: '127.0.0.1', roles: ['one'], ssh: { port: 1, retries: 0 } } // nobody listens there
  const files = { 'recipes/one.ts': recipe('one'), 'roles/one.ts': role('one') }
  const folder = project({ ...files, 'inventory.json': JSON.stringify({ hosts: { one: host } }) })
  for (const place of [home, second, home, second]) {
    const program = join(place, 'node_modules', '.bin', 'provision')
    write(folder, { 'recipes/one.ts': recipe('one') })
    const fine = run(folder, program, ['plan'], { ...cache, ...env })
    assert.is(fine.status, 4, 'a run that reaches for hosts keeps its code')
    write(folder, { 'recipes/one.ts': recipe('one', 'throw new Error("odd")') })
    const { status, err } = run(folder, program, ['plan'], { ...cache, ...env })
    assert.equal([status, err], [3, 'recipe "one" (recipes/one.ts, line 7): check: odd\n'], place)
  }
}
