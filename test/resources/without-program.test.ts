/** A host that lacks a program: what needs it says its name. */
import { spawnSync } from 'node:child_process'
import { mkdtempSync, readdirSync, rmSync, symlinkSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { parseObservation, questions } from '../../src/engine/observe/observe.ts'
import { directory, file, user } from '../../src/index.ts'
import type { Resource } from '../../src/model/resource.ts'
import { framed } from '../../src/shell/frame.ts'

const test = suite('without a program')
const folder = mkdtempSync(join(tmpdir(), 'provision-without-'))
const there = join(folder, 'there')
writeFileSync(there, 'something else\n')
test.after(() => rmSync(folder, { recursive: true }))

/** Why this resource could not be observed by a shell that has all programs but one. */
function without(program: string, resource: Resource): readonly string[] {
  const path = mkdtempSync(join(folder, 'bin-'))
  for (const name of readdirSync('/usr/bin'))
    if (name !== program) symlinkSync(join('/usr/bin', name), join(path, name))
  const input = framed('n0nce', questions([resource])).text
  const { stdout, stderr } = spawnSync('/bin/sh', { input, encoding: 'utf8', env: { PATH: path } })
  return parseObservation('n0nce', stdout, stderr, [resource]).errors
}

for (const [program, resource] of [
  ['stat', file(there, { content: 'x' })],
  ['sha256sum', file(there, { content: 'x' })],
  ['base64', file(there, { content: 'x' })],
  ['ls', directory(folder, { only: ['there'] })],
  ['getent', user('root', {})],
] as const)
  test(`${resource.type.name} without ${program}`, () => {
    const [error = '', ...more] = without(program, resource)
    assert.equal(more, [])
    assert.match(error, new RegExp(`${program}: (command )?not found`))
  })

test('nothing is missing', () => assert.equal(without('no-such-program', file(there, { content: 'x' })), []))

test.run()
