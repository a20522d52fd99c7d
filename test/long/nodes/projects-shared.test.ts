import { mkdirSync, mkdtempSync, realpathSync, rmSync, symlinkSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { nodes } from '../../support/nodes.ts'
import { good, installed, run, write } from '../../support/packed.ts'

// Users' files outside the folder where provision runs: recipes that projects share, packages of a workspace, links.
const test = suite("users' files in other folders")
const base = realpathSync(mkdtempSync(join(tmpdir(), 'projects-shared-')))
test.after(() => rmSync(base, { recursive: true }))
const home = join(base, 'home')
const bin = join(home, 'node_modules', '.bin', 'provision')

const recipe = (name: string, check = '', more = ''): string => `import * as v from 'valibot'
import { defineRecipe, file } from 'provision-ssh'
${more}
export const ${name} = defineRecipe({
  name: '${name}',
  attributes: v.object({}),
  check: () => { ${check}; return [] },
  resources: () => [file('/etc/${name}', { content: 'here' })],
})
`
const role = (name: string, from: string): string => `import { defineRole } from 'provision-ssh'
import { ${name} } from '${from}'
export const role = defineRole({ name: '${name}', recipes: [${name}] })
`
const inventory = (roles: readonly string[]): string =>
  JSON.stringify({ hosts: { host: { address: '192.0.2.1', roles } } })
type Files = Readonly<Record<string, string>>
const COMMON_JS =
  "const { defineRole } = require('provision-ssh')\nmodule.exports = defineRole({ name: 'NAME', recipes: [] })\n"
const commonJs = (name: string): string => COMMON_JS.replace('NAME', name)

/** A site, and around it what its roles use. Each role is of one layout. */
const layouts: Files = {
  'shared/word.ts': 'export const word = (text: string): string => text\n',
  'shared/beside.ts': recipe('beside', "word('x')", "import { word } from './word'"),
  'site/roles/beside.ts': role('beside', '../../shared/beside.ts'),
  'shared/script.js': recipe('script', "old.word('x')", "import old from './old.js'"),
  'shared/old.js': 'module.exports.word = (text) => text + __dirname\n',
  'site/roles/script.ts': role('script', '../../shared/script.js'),
  'packages/plain/package.json': '{ "name": "@acme/plain", "main": "src/index.ts" }',
  'packages/plain/src/index.ts': recipe('plain'),
  'site/roles/plain.ts': role('plain', '@acme/plain'),
  'packages/fresh/package.json': '{ "name": "@acme/fresh", "type": "module", "exports": "./src/index.ts" }',
  'packages/fresh/src/index.ts': recipe('fresh'),
  'site/roles/fresh.ts': role('fresh', '@acme/fresh'),
  'other/recipes/linked.ts': recipe('linked'),
  'other/roles/linked.ts': role('linked', '../recipes/linked.ts'),
  'site/roles/one.cjs': commonJs('one'),
  'site/roles/two.cjs': commonJs('two'),
}
const ROLES = ['beside', 'script', 'plain', 'fresh', 'linked', 'one', 'two']
const LINKS: Files = {
  'node_modules/@acme': '../packages',
  'site/roles/linked.ts': '../../other/roles/linked.ts',
  'site/node_modules': join(home, 'node_modules'),
}

/** Mistakes, and what is said of them. */
const mistakes: readonly (readonly [files: Files, says: string])[] = [
  [
    { 'shared/beside.ts': '\n\nexport const = 1\n' },
    '../shared/beside.ts, line 3: Expected identifier but found "="\n',
  ],
  [{ 'shared/beside.ts': `${recipe('beside')}throw new Error('early')\n` }, '../shared/beside.ts, line 10: early\n'],
  [
    { 'site/roles/three.cts': commonJs('three'), 'site/inventory.json': inventory(['three']) },
    'roles/three.cts: end its name in .ts and write import and export, or in .cjs\n',
  ],
]

const missing = await installed(base, home)
if (missing)
  test('cannot be installed here', () => {
    console.log(`not run here: the packed tarball in projects: npm could not get its dependencies (${missing})`)
  })
for (const node of missing ? [] : nodes()) {
  if ('missing' in node) {
    test(`Node ${node.version} cannot be had`, () => {
      console.log(`not run here: projects on Node ${node.version}: npm could not get it (${node.missing})`)
    })
    continue
  }
  const folder = join(base, `on-${node.version}`)
  const env = { PATH: `${node.folder}:${process.env.PATH ?? ''}`, XDG_CACHE_HOME: join(base, `cache-${node.version}`) }
  const hosts = () => run(join(folder, 'site'), bin, ['hosts'], env)

  test(`on Node ${node.version}: recipes beside the project, packages of a workspace, links, CommonJS`, () => {
    write(folder, { ...layouts, 'site/inventory.json': inventory(ROLES) })
    for (const [at, to] of Object.entries(LINKS)) {
      mkdirSync(join(folder, at, '..'), { recursive: true })
      symlinkSync(to, join(folder, at))
    }
    for (const json of ['{}', '{ "type": "commonjs" }']) {
      write(folder, { 'package.json': json })
      for (const _ of ['cold', 'warm']) assert.match(good(hosts()), new RegExp(`^host .* ${ROLES.join(', ')}$`, 'm'))
    }
  })
  test(`on Node ${node.version}: mistakes in them`, () => {
    for (const [files, says] of mistakes) {
      write(folder, files)
      const { status, err } = hosts()
      assert.equal([status, err], [3, says])
    }
  })
}

test.run()
