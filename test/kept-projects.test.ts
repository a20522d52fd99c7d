import { chmodSync, existsSync, readFileSync, renameSync, rmSync, statSync, utimesSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { edits, type Files, own, project, recipe } from './support/kept-edits.ts'
import { withKeptProjects } from './support/kept-ground.ts'
import { write } from './support/packed.ts'

// Users' files are compiled once; what is kept of that must never be older than the files.
const test = suite('projects that an earlier run has compiled')
const { base, cacheOf, compiledSize, keptFiles, makeProject, real, says } = await withKeptProjects(test)

/** Runs until what is kept has been used. */
const settle = (folder: string, word: string): void => {
  for (const _ of ['cold', 'warm']) says(folder, word)
}

for (const [what, before, after, gone] of edits)
  real(`another run notices ${what}`, () => {
    const folder = makeProject(before)
    settle(folder, 'old')
    assert.ok(compiledSize(folder) > 0)
    const times = Object.keys(after).map((name) => {
      const path = join(folder, name)
      return [path, existsSync(path) ? statSync(path) : undefined] as const
    })
    write(folder, after)
    // As by an archive or a checkout that keeps times.
    for (const [path, was] of times) if (was) utimesSync(path, was.atime, was.mtime)
    settle(folder, 'new')
    write(folder, before)
    for (const [path, was] of times)
      if (!was) rmSync(gone ? join(folder, gone) : path, { recursive: true, force: true })
    settle(folder, 'old')
  })

const fresh: Files = {
  'node_modules/fresh/package.json': '{ "name": "fresh", "type": "module", "exports": "./main.js" }',
  'node_modules/fresh/main.js': 'export let word = 1\nexport const more = () => ++word\n',
}
const shapes: readonly (readonly [what: string, compiled: boolean, files: Files, says: string])[] = [
  [
    'knows its place',
    true,
    { 'recipes/one.ts': recipe("import { basename } from 'node:path'", 'basename(import.meta.url)') },
    'one.ts',
  ],
  [
    'asks a module whose exports change',
    true,
    { ...fresh, 'recipes/one.ts': recipe("import { more, word } from 'fresh'", '[word, more(), word].join()') },
    '1,2,2',
  ],
  [
    'is in a circle, and in strict mode',
    true,
    {
      'lib/a.ts': "import { b } from './b'\nexport const word = 'a'\nexport const a = () => b()\n",
      'lib/b.ts': "import { word } from './a'\nexport function b(this: unknown) { return `${word} ${this}` }\n",
      'recipes/one.ts': recipe("import { a } from '../lib/a'", 'a()'),
    },
    'a undefined',
  ],
  ['has names of its own', true, { 'recipes/one.ts': recipe('function file2() {}', 'file2.name') }, 'file2'],
  [
    'runs its files in their order',
    true,
    {
      'node_modules/old/package.json': '{ "name": "old", "main": "main.js" }',
      'node_modules/old/main.js': 'exports.word = globalThis.early\n',
      'lib/early.ts': "(globalThis as Record<string, unknown>).early = 'early'\n",
      'recipes/one.ts': recipe("import '../lib/early'\nimport { word } from 'old'".replace('\n', '; ')),
    },
    'early',
  ],
  ['waits at its top level', false, { 'recipes/one.ts': recipe("const word = await Promise.resolve('late')") }, 'late'],
  [
    'computes what it imports',
    false,
    { 'recipes/one.ts': recipe("const load = (name: string) => import(name); const word = typeof load('node:fs')") },
    'object',
  ],
  ['looks for modules', false, { 'recipes/one.ts': recipe('', "import.meta.resolve('node:fs')") }, 'node:fs'],
  ['asks for require', false, { 'recipes/one.ts': recipe('', 'typeof require + typeof module') }, 'undefinedundefined'],
]
for (const [what, compiled, files, text] of shapes)
  real(`a recipe that ${what} is ${compiled ? '' : 'not '}compiled, and does the same`, () => {
    const folder = makeProject(files)
    settle(folder, text)
    assert.is(compiledSize(folder) > 0, compiled)
  })

real('what is kept is damaged, cannot be written, or is not there', () => {
  const folder = makeProject(own)
  settle(folder, 'old')
  const [file = ''] = keptFiles(folder)
  const whole = readFileSync(file)
  for (const bytes of [whole.subarray(0, whole.length / 2), Buffer.alloc(0), Buffer.alloc(whole.length)]) {
    writeFileSync(file, bytes)
    settle(folder, 'old')
  }
  const blocked = join(base, 'blocked')
  writeFileSync(blocked, '')
  says(folder, 'old', { XDG_CACHE_HOME: blocked })
  chmodSync(cacheOf(folder), 0o500)
  says(folder, 'old')
  chmodSync(cacheOf(folder), 0o700)
})

real('a folder in the place of another one, and a role that an inventory names later', () => {
  const [folder, other] = [makeProject(own), makeProject({ 'recipes/one.ts': recipe('', "'new'") })]
  settle(folder, 'old')
  renameSync(folder, `${folder}.away`)
  renameSync(other, folder)
  settle(folder, 'new')
  write(folder, {
    'roles/two.ts': (project['roles/one.ts'] as string).replace("name: 'one'", "name: 'two'"),
    'inventory.json': JSON.stringify({ hosts: { a: { address: '192.0.2.1', roles: ['one', 'two'] } } }),
  })
  settle(folder, 'new')
})

test.run()
