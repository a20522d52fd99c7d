import { createHash } from 'node:crypto'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { wrongFiles } from '../../../src/engine/plan/local-files.ts'
import { archive, dockerImage, pkg } from '../../../src/index.ts'
import { type FakeHost, fakeHost } from '../../support/fake-host.ts'
import { runner } from '../../support/runs-of.ts'
import { clusterOf, note, recipe } from '../../support/toys.ts'

const test = suite<{ a: FakeHost; folder: string }>('files of this machine')
test.before.each((context) => {
  context.a = fakeHost()
  context.folder = mkdtempSync(join(tmpdir(), 'provision-test-'))
})
test.after.each(({ a, folder }) => {
  a.remove()
  rmSync(folder, { recursive: true })
})

const hex = (algorithm: string, text: string) => createHash(algorithm).update(text).digest('hex')

test('one whose sum is another is named, by whatever type and sum; each is read once', async ({ folder }) => {
  const file = join(folder, 'a.tgz')
  writeFileSync(file, 'is')
  const source = { file }
  const [other, other512] = [hex('sha256', 'wanted'), hex('sha512', 'wanted')]
  const [is, is512] = [hex('sha256', 'is'), hex('sha512', 'is')]
  const list = [
    archive('/opt/right', { source, sha256: is }),
    archive('/opt/right512', { source, sha512: is512 }),
    archive('/opt/x', { source, sha256: other }),
    archive('/opt/y', { source, sha512: other512 }),
    pkg('tool', { version: '1', deb: { source, sha256: other } }),
    dockerImage('web:1', { id: `sha256:${other}`, source, sha256: other }),
  ]
  const sums = new Map<string, Promise<string>>()
  const says = (algorithm: string, one: string, wanted: string) =>
    `${file} on this machine is not what is wanted: its ${algorithm} is ${one}, not ${wanted}`
  assert.equal(await wrongFiles(list, sums), [
    `archive /opt/x: ${says('sha256', is, other)}`,
    `archive /opt/y: ${says('sha512', is512, other512)}`,
    `package tool: ${says('sha256', is, other)}`,
    `image web:1: ${says('sha256', is, other)}`,
  ])
  assert.equal([...sums.keys()].sort(), [`sha256 ${file}`, `sha512 ${file}`])
})

test('plan and apply refuse before anything changes', async ({ a, folder }) => {
  const run = runner({ a })
  const file = join(folder, 'a.tgz')
  writeFileSync(file, 'is')
  const where = join(folder, 'x')
  const cluster = clusterOf(
    ['a'],
    recipe('r', () => [
      note('n', { text: '1' }),
      archive(where, { source: { file }, sha256: hex('sha256', 'wanted') }),
    ]),
  )
  for (const command of ['plan', 'apply'] as const) {
    const { outcome, reason } = (await run[command](cluster)).host('a')
    assert.is(outcome, 'refused')
    assert.match(reason ?? '', `archive ${where}: ${file} on this machine is not what is wanted`)
  }
  assert.is(a.read('n'), undefined)
})

test.run()
