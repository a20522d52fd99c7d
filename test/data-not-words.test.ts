import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { suite } from 'uvu'
import * as assert from 'uvu/assert'

// What is decided is decided by data: a sentence that this program made itself may be reworded without anything else
// being different.
const root = import.meta.dirname.replace(/\/test$/, '')
const test = suite('data, not words')

const FIELD = String.raw`(?:(?<!\.\.)\.text|(?<![\w'"])(?:says|reason|message|waits|away))\b`
const CALL = String.raw`(?:includes|indexOf|match|matchAll|startsWith|endsWith|search|replace|replaceAll|split)\(`
const MATCHED = new RegExp(`${FIELD}\\??\\.${CALL}|\\.(?:test|exec)\\((?:[^()]*)${FIELD}|${FIELD} [!=]== [A-Z]`)

/** Files that read what others' programs and libraries say, where they say it in no other way. */
const FOREIGN: Readonly<Record<string, string>> = {
  'src/lib/check.ts':
    "valibot's issues: its own sentences begin with Invalid, others are a schema's; a union gives its options' sentences only",
  'src/lib/common-js.ts': "V8's errors of names that are not defined",
  'src/project/ansible/yaml.ts': "the parser's errors of YAML: their first line, without its excerpt",
  'src/project/error.ts': "Node's errors of modules that are not found",
  'src/resources/files/template.ts': "ejs' errors of templates",
  'src/transport/ssh/keys/key-file.ts': "ssh2's errors of keys with a passphrase",
}

const files = ['src', 'recipes', 'roles'].flatMap((folder) =>
  readdirSync(join(root, folder), { recursive: true, encoding: 'utf8' })
    .filter((name) => name.endsWith('.ts'))
    .map((name) => `${folder}/${name}`),
)

/** Lines of a text that match what a sentence says. */
const matching = (text: string): readonly string[] => text.split('\n').filter((line) => MATCHED.test(line))

const lines: readonly (readonly [line: string, found: boolean])[] = [
  ["if (event.waits?.includes(':')) return", true],
  ['if (/broke off/.test(error.message)) return', true],
  ['view.away.replace(/^Marathon: /, "")', true],
  ['if (sub.message === WANTED) return WANTED', true],
  ["if (!message.startsWith('Invalid ')) return", true],
  ["issue.says.startsWith('x')", true],
  ['if (event.held) return event.waits', false],
  ['const all = [...text.matchAll(ARMOR)]', false],
  ['const named = PATH.test(text)', false],
]
for (const [line, found] of lines) test(line, () => assert.is(matching(line).length > 0, found))

test('no file decides by what a sentence of ours says', () => {
  const found = files.filter((file) => matching(readFileSync(join(root, file), 'utf8')).length > 0)
  assert.equal(
    found.filter((file) => !Object.hasOwn(FOREIGN, file)),
    [],
  )
  assert.equal(
    Object.keys(FOREIGN).filter((file) => !found.includes(file)),
    [],
    'allowed without need',
  )
})

test.run()
