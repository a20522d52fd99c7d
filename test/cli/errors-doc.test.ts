// docs/errors.md quotes the program: every sentence and every refusal in its tables must still be in the source.
import { readdirSync, readFileSync } from 'node:fs'
import { suite } from 'uvu'
import * as assert from 'uvu/assert'

const root = new URL('../../', import.meta.url)
const read = (path: string): string => readFileSync(new URL(path, root), 'utf8')
const sources = ['src', 'recipes', 'roles'].flatMap((folder) =>
  readdirSync(new URL(folder, root), { recursive: true, encoding: 'utf8' })
    .filter((path) => /\.(ts|sh)$/.test(path))
    .map((path) => read(`${folder}/${path}`)),
)
// Interpolations are read as "…", as the document writes them, and the quotes of the code do not matter.
const code = sources.join('\n').replaceAll(/\\(['"`])/g, '$1')

const test = suite('docs/errors.md')

const quoted = read('docs/errors.md')
  .split('\n')
  .filter((line) => line.startsWith('| `'))
  .flatMap((line) => [...(line.split(' | ')[0] as string).matchAll(/`([^`]+)`/g)].map((match) => match[1] as string))

test('quotes something', () => assert.ok(quoted.length > 40))

for (const sentence of quoted) {
  test(sentence, () => {
    const parts = sentence.split(/…|"|\?$|^--| --$/).map((part) => part.trim())
    const words = parts.filter((part) => part.length > 2)
    assert.ok(words.length > 0)
    for (const part of words) assert.ok(code.includes(part), `the source no longer says "${part}"`)
  })
}

test.run()
