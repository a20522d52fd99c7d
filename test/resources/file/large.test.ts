// A large file is read only if neither its size nor its upload tells whether it is as wanted.
import {
  copyFileSync,
  mkdirSync,
  readFileSync,
  renameSync,
  rmSync,
  symlinkSync,
  utimesSync,
  writeFileSync,
} from 'node:fs'
import { join as path } from 'node:path'
import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { probeOf } from '../../../src/engine/observe/observe.ts'
import { repair } from '../../../src/model/resource.ts'
import { type FileProps, type FileState, file, fileType } from '../../../src/resources/files/file.ts'
import { digestOf } from '../../../src/resources/kit/content.ts'
import { join, sh } from '../../../src/shell/script.ts'
import { me, type Place, place } from '../../support/run-local.ts'

const test = suite<{ at: Place; name: string }>('large files')
test.before.each((context) => {
  context.at = place()
  context.name = path(context.at.path, "it's big")
})
test.after.each(({ at }) => at.remove())

const SIZE = 1024 * 1024
const bytes = (fill: string, size = SIZE): Buffer => Buffer.alloc(size, fill)
const wanted = (name: string, secret = false) => {
  const { props } = file(name, { content: bytes('wanted'), secret, ...me })
  return { name, props: props as FileProps }
}

/** What a look finds, and whether it had to read the file. */
function look(at: Place, item: ReturnType<typeof wanted>, { after = false } = {}) {
  const read = path(at.path, 'read')
  rmSync(read, { force: true })
  const lines = at
    .run(
      join([
        sh`sha256sum() { tee -a ${read} | command sha256sum "$@"; }`,
        after ? sh`arrived=/var/lib/provision/blob` : sh``,
        probeOf(fileType, [item]),
      ]),
    )
    .split('\n')
  const own = lines.filter((line) => line.startsWith(`${item.name}\t`)).map((line) => line.split('\t').slice(1))
  const state = fileType.parse(own) as FileState | 'absent'
  return [state === 'absent' ? state : state.content, readFileSync(read, 'utf8') === '' ? 'not read' : 'read']
}

/** Writes the file as a step does, from an upload that noted what arrived. */
function arrive(at: Place, item: ReturnType<typeof wanted>): void {
  const sum = digestOf(item.props.content)
  at.run(repair(fileType, [item]))
  at.run(sh`cd /var/lib/provision/blob; ln -f ${item.name} ${sum}; stat -c '%s %d %i %y' ${sum} >${`${sum}.at`}`)
}

test('another size tells that it differs; the same does not', ({ at, name }) => {
  const item = wanted(name)
  assert.equal(look(at, item), ['absent', 'not read'])
  for (const other of [bytes('x', 0), bytes('x', 7), bytes('x', SIZE + 1)]) {
    writeFileSync(name, other)
    assert.equal(look(at, item), ['differs', 'not read'])
  }
  writeFileSync(name, bytes('x'))
  assert.equal(look(at, item), ['differs', 'read'])
  writeFileSync(name, bytes('wanted'))
  assert.equal(look(at, item), ['same', 'read'])
  assert.equal(look(at, wanted(name, true)), ['same', 'read'])
})

test('what is no plain file is not looked into', ({ at, name }) => {
  mkdirSync(name)
  assert.equal(look(at, wanted(name)), ['same', 'not read'])
  rmSync(name, { recursive: true })
  symlinkSync('/dev/zero', name)
  assert.equal(look(at, wanted(name)), ['same', 'not read'])
})

test('what has just arrived is not read again, unless somebody has touched it since', ({ at, name }) => {
  const item = wanted(name)
  arrive(at, item)
  assert.equal(look(at, item, { after: true }), ['same', 'not read'])
  assert.equal(look(at, item), ['same', 'read'], 'only after the script')
  writeFileSync(name, bytes('x'))
  assert.equal(look(at, item, { after: true }), ['differs', 'read'])
  arrive(at, item)
  utimesSync(name, 1, 1)
  assert.equal(look(at, item, { after: true }), ['same', 'read'])
  arrive(at, item)
  copyFileSync(name, `${name}.new`)
  renameSync(`${name}.new`, name)
  assert.equal(look(at, item, { after: true }), ['same', 'read'])
})

test('the digest of a secret is not shown', ({ name }) => {
  const item = wanted(name, true)
  const { shown, text } = fileType.observe([item])
  assert.ok(text.includes(digestOf(item.props.content)))
  assert.not.ok(shown.includes(digestOf(item.props.content)))
})

test.run()
