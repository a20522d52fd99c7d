import { existsSync, readdirSync, readFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { commands } from '../src/cli/commands.ts'
import * as index from '../src/index.ts'
import { documents } from './support/documents.ts'

// What is there is said: every resource type is exported, documented and has cases; every recipe and command is in a
// document; the map of the code names what exists, and all of it.
const test = suite('words')
const root = dirname(import.meta.dirname)
const read = (path: string): string => readFileSync(join(root, path), 'utf8')
const files = (folder: string): readonly string[] =>
  readdirSync(join(root, folder), { recursive: true, encoding: 'utf8' }).filter((name) => name.endsWith('.ts'))

const exported: ReadonlyMap<string, unknown> = new Map(Object.entries(index))
const types = files('src/resources').flatMap((file) =>
  [...read(`src/resources/${file}`).matchAll(/^export const (\w+)(?:: [^=]+)? = defineResource\b/gm)].map(
    ([, word = '']) => word,
  ),
)

test('there are types', () => assert.ok(types.length >= 15, types.join()))

for (const word of types) {
  test(`${word} is exported, documented and has cases`, () => {
    assert.type(exported.get(word), 'function')
    assert.match(read('docs/resources.md'), new RegExp(`^### ${word}$`, 'm'))
    const folder = join(
      root,
      'test/resources',
      word.replace(/[A-Z]/g, (letter) => `-${letter.toLowerCase()}`),
    )
    assert.ok(existsSync(folder) && readdirSync(folder).length > 0, folder)
  })
}

/** Documented types that random recipes leave out, each with its reason. */
const NOT_RANDOM: Readonly<Record<string, string>> = {}

test('random recipes are made of all types that are documented', () => {
  const folder = 'test/support/random-recipes'
  const used = files(folder)
    .flatMap(
      (name) =>
        /^import \{([^}]*)\} from '[./]*\/src\/index\.ts'$/m.exec(read(`${folder}/${name}`))?.[1]?.split(',') ?? [],
    )
    .map((word) => word.trim())
  const documented = [...read('docs/resources.md').matchAll(/^### (\w+)$/gm)].map(([, word = '']) => word)
  assert.ok(documented.length >= types.length)
  assert.equal(
    documented.filter((word) => !used.includes(word)),
    Object.keys(NOT_RANDOM),
  )
})

test('every recipe has its section, with its variables', () => {
  const names = readdirSync(join(root, 'recipes')).flatMap((file) => /^(.+)\.ts$/.exec(file)?.[1] ?? [])
  assert.ok(names.includes('zookeeper'))
  const page = read('docs/recipes.md')
  const lacking = names.filter((name) => !page.includes(`<!-- variables of ${name}: begin -->`))
  assert.equal(lacking, [])
})

test('every command is in a document', () => {
  const pages = documents.map((path) => read(path)).join('\n')
  const lacking = commands.map(({ name }) => name).filter((name) => !pages.includes(`provision ${name}`))
  assert.equal(lacking, [])
})

test('the map of the code names files and folders that are there, and every room', () => {
  for (const page of ['docs/code.md', 'CONTRIBUTING.md']) {
    const named = [...read(page).matchAll(/`((?:src|recipes|roles|scripts|templates|test|docs)\/[\w./-]*)`/g)].map(
      ([, path = '']) => path,
    )
    assert.ok(named.length > 10)
    assert.equal(
      named.filter((path) => !existsSync(join(root, path)) && !/NAME|SUBJECT/.test(path)),
      [],
      page,
    )
  }
  for (const entry of readdirSync(join(root, 'src'), { withFileTypes: true }))
    if (entry.isDirectory()) assert.match(read('docs/code.md'), `\`src/${entry.name}/\``)
})

test.run()
