/** Contents by path. */
export type Files = Readonly<Record<string, string>>

/** A recipe that says a word. */
export const recipe = (imports: string, word = 'word'): string => `import * as v from 'valibot'
import { defineRecipe, file } from 'provision-ssh'
${imports}
export const one = defineRecipe({
  name: 'one',
  attributes: v.object({}),
  check: () => { throw new Error(\`it says \${${word}}\`) },
  resources: () => [file('/etc/one', { content: 'one' })],
})
`
/** The files that every project has. */
export const project: Files = {
  'roles/one.ts': `import { defineRole } from 'provision-ssh'
import { one } from '../recipes/one.ts'
export const role = defineRole({ name: 'one', recipes: [one] })
`,
  'inventory.json': JSON.stringify({ hosts: { 'one-1': { address: '192.0.2.1', roles: ['one'] } } }),
}
const word = (text: string): string => `export const word: string = '${text}'\n`
const required = (text: string): Files => ({
  'package.json': '{ "name": "old", "main": "main.js" }',
  'main.js': `exports.word = '${text}'\n`,
})
const under = (folder: string, files: Files): Files =>
  Object.fromEntries(Object.entries(files).map(([name, text]) => [`${folder}/${name}`, text]))
const paths = (...targets: readonly string[]): string =>
  `{ // as people write it\n "compilerOptions": { "paths": { "@lib/*": ${JSON.stringify(targets)}, } }, }`
/** A recipe that imports nothing of the project. */
export const own: Files = { 'recipes/one.ts': recipe('', "'old'") }
const library: Files = { 'recipes/one.ts': recipe("import { word } from '../lib/word'"), 'lib/word.ts': word('old') }
const aliased: Files = { ...library, 'recipes/one.ts': recipe("import { word } from '@lib/word'") }
const packaged: Files = {
  'recipes/one.ts': recipe("import { word } from 'old'"),
  ...under('node_modules/old', required('old')),
}

/** Edits that the next run must notice: of files that were there before, and what is then removed again. */
export const edits: readonly (readonly [what: string, before: Files, after: Files, gone?: string])[] = [
  ['the recipe itself', own, { 'recipes/one.ts': recipe('', "'new'") }],
  ['a file that it imports', library, { 'lib/word.ts': word('new') }],
  [
    'a file that is found before the one it had',
    { 'recipes/one.ts': library['recipes/one.ts'] as string, 'lib/word/index.ts': word('old') },
    { 'lib/word.ts': word('new') },
  ],
  [
    'the paths of tsconfig.json',
    { ...aliased, 'tsconfig.json': paths('./lib/*'), 'more/word.ts': word('new') },
    { 'tsconfig.json': paths('./more/*') },
  ],
  [
    'a file that tsconfig.json extends',
    {
      ...aliased,
      'tsconfig.json': '{ "extends": "./base" }',
      'base.json': paths('./lib/*'),
      'more/word.ts': word('new'),
    },
    { 'base.json': paths('./more/*') },
  ],
  [
    'a folder that is looked into first',
    { ...aliased, 'tsconfig.json': paths('./first/*', './lib/*') },
    { 'first/word.ts': word('new') },
  ],
  ['a package', packaged, under('node_modules/old', required('new'))],
  ['a package that lies nearer', packaged, under('recipes/node_modules/old', required('new')), 'recipes/node_modules'],
]
