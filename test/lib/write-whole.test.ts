import {
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { writeWhole } from '../../src/lib/kept/write-whole.ts'

const test = suite<{ folder: string }>('a file that is written whole')
test.before.each((context) => {
  context.folder = mkdtempSync(join(tmpdir(), 'whole-'))
})
test.after.each(({ folder }) => rmSync(folder, { recursive: true }))

test("a new one, and one in the place of another, is its owner's only, and nothing lies beside it", async ({
  folder,
}) => {
  const file = join(folder, 'a.plan')
  await writeWhole(file, 'one')
  writeFileSync(file, 'long before', { mode: 0o644 })
  await writeWhole(file, 'two')
  assert.is(readFileSync(file, 'utf8'), 'two')
  assert.is(statSync(file).mode & 0o777, 0o600)
  assert.equal(readdirSync(folder), ['a.plan'])
})

test('what was there stays if the new one cannot be written', async ({ folder }) => {
  const file = join(folder, 'a.plan')
  writeFileSync(file, 'before')
  mkdirSync(`${file}.${process.pid}.new`)
  let code: unknown
  await writeWhole(file, 'after').catch((error) => {
    code = error.code
  })
  assert.is(code, 'EISDIR')
  assert.is(readFileSync(file, 'utf8'), 'before')
})

test('what a link leads to is written, and the link stays; a full disk is an error', async ({ folder }) => {
  const link = join(folder, 'link')
  symlinkSync('target', link)
  await writeWhole(link, 'x')
  assert.is(readFileSync(join(folder, 'target'), 'utf8'), 'x')
  symlinkSync('/dev/full', join(folder, 'full'))
  let code: unknown
  await writeWhole(join(folder, 'full'), 'x').catch((error) => {
    code = error.code
  })
  assert.is(code, 'ENOSPC')
  assert.equal(readdirSync(folder).sort(), ['full', 'link', 'target'])
})

test.run()
