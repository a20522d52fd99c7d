import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { sum } from '../../src/resources/kit/download.ts'
import { fileName } from '../../src/resources/kit/fetch.ts'

/** Digests in the forms that tools and publishers write. */
const test = suite('sums')
const HEX = 'aB'.repeat(32)
const pairs = HEX.match(/../g) as readonly string[]

for (const [form, text] of [
  ['bare', HEX],
  ['with the end of a file', `${HEX}\r\n`],
  ['sha256sum', `${HEX}  app.tgz`],
  ['sha256sum of binary files', `${HEX} *app.tgz`],
  ['sha256sum of an odd name', `\\${HEX}  a\\nb`],
  ['sha256sum --tag, BSD', `SHA256 (app.tgz) = ${HEX}\n`],
  ['openssl', `SHA2-256(app.tgz)= ${HEX}`],
  ['registries and GitHub', `sha256:${HEX}`],
  ['gpg', `app.tgz: ${pairs.slice(0, 16).join(' ')}\n         ${pairs.slice(16).join(' ')}\n`],
  ['a file that PowerShell wrote', `\ufeff${HEX}`],
  ['the same twice', `${HEX}  app.tgz\n${HEX}  copy.tgz\n`],
] as const)
  test(form, () => assert.is(sum('x', { sha256: text }).hex, HEX.toLowerCase()))

test('what is none, or several, is a mistake', () => {
  for (const text of ['', 'app.tgz', HEX.slice(2), `${HEX}ab`, `${HEX}  a ${HEX}`.slice(3)])
    assert.throws(() => sum('x', { sha256: text }), /^x: sha256 is not 64 hexadecimal digits$/)
  const list = `${HEX}  a.tgz\n${'cd'.repeat(32)}  b.tgz\n`
  assert.throws(() => sum('x', { sha256: list }), /^x: sha256 lists 2 files: give the line of this one$/)
})

test('a URL that is not well encoded still has a name', () => {
  assert.is(fileName('https://example.com/a%20b.tgz'), 'a b.tgz')
  assert.is(fileName('https://example.com/b%zz.tgz'), 'b%zz.tgz')
})

test.run()
