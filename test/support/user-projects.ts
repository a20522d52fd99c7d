import { mkdtempSync, realpathSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { Test } from 'uvu'
import { installed, keepCode, type Ran, run, write } from './packed.ts'

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
