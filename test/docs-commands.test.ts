// The commands in the documents exist, and their links lead somewhere.
import { existsSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { parse } from '../src/cli/parse.ts'
import { blocks, documents, read, root } from './support/documents.ts'

const test = suite('commands and links of documents')

/** Commands in shell examples, and after a prompt in what is shown as typed. */
const typed = documents.flatMap((document) => {
  const scripts = blocks
    .filter((b) => b.document === document && b.language === 'sh')
    .flatMap((b) => b.text.split('\n'))
  const prompts = [...read(document).matchAll(/^ +\$ (.*)$/gm)].map((m) => m[1] as string)
  const inline = [...read(document).matchAll(/`((?:provision|npm run) [^`…]*)`/g)].map((m) => m[1] as string)
  return [...scripts, ...prompts, ...inline]
    .map((line) => line.replace(/ #.*$/, '').trim())
    .filter((line) => line !== '' && !/^provision [A-Z]+/.test(line))
    .map((line) => ({ document, line }))
})
const { scripts } = JSON.parse(read('package.json')) as { scripts: Record<string, string> }

for (const { document, line } of typed) {
  test(`${document}: ${line}`, () => {
    for (const command of line.split(' && ').map((part) => part.replace(/^(sudo |[A-Z_]+=\S+ )/, ''))) {
      const [program, ...words] = command.split(' ')
      if (program === 'npm') {
        if (words[0] === 'run' || words[0] === 'test')
          assert.ok(scripts[words[0] === 'run' ? (words[1] as string) : 'test'], `no script for "${command}"`)
      } else {
        assert.is(program, 'provision', `what is "${command}"?`)
        assert.ok(parse(words.map((word) => word.replace(/^'(.*)'$/, '$1'))))
      }
    }
  })
}

for (const document of documents) {
  test(`${document}: its links lead somewhere`, () => {
    for (const [, target = ''] of read(document).matchAll(/\]\(([^)\s]+)\)/g)) {
      if (/^https?:/.test(target)) continue
      const [path, anchor] = target.split('#')
      const file = path ? join(dirname(document), path) : document
      assert.ok(existsSync(join(root, file)), `${target}: there is no ${file}`)
      if (anchor) {
        const anchors = [...read(file).matchAll(/^#+ (.*)$/gm)].map((m) =>
          (m[1] as string)
            .toLowerCase()
            .replaceAll(/[^\w -]/g, '')
            .replaceAll(' ', '-'),
        )
        assert.ok(anchors.includes(anchor), `${target}: there is no such heading`)
      }
    }
  })
}

test('the tests that docs/how-it-converges.md names exist', () => {
  for (const [, path = ''] of read('docs/how-it-converges.md').matchAll(/`((?:test|bench)\/[^`]+)`/g))
    assert.ok(existsSync(join(root, path)), path)
})

test.run()
