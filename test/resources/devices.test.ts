/** Devices and sockets belong to others: no type puts anything in their place, also where it is allowed to replace. */
import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import type { Resource } from '../../src/model/resource.ts'
import { directory } from '../../src/resources/files/directory.ts'
import { file } from '../../src/resources/files/file.ts'
import { link } from '../../src/resources/files/link.ts'

const test = suite('devices and sockets')

const PATH = '/dev/x'
const wanted: readonly (readonly [string, Resource])[] = [
  ['file', file(PATH, { content: 'x' })],
  ['link', link(PATH, { to: '/srv' })],
  ['directory', directory(PATH, {})],
]
const unwanted: readonly (readonly [string, Resource])[] = [
  ['file', file(PATH, { ensure: 'absent' })],
  ['link', link(PATH, { ensure: 'absent' })],
  ['directory', directory(PATH, { ensure: 'absent' })],
]

/** What a resource would do where something of this kind is. */
const found = ({ type, props }: Resource, kind: string) =>
  type.diff(props, type.parse([['stat', kind, '666', 'root', 'root', '0', `"${PATH}"`]]), [])

for (const kind of ['character special file', 'block special file', 'socket'])
  for (const [what, resource] of wanted)
    test(`a ${kind} is not replaced by ${resource.type.name}`, () => {
      assert.equal(found(resource, kind), {
        refusal: `not-a-${what}`,
        reason: `There is a ${kind} where a ${what} is wanted.`,
        remedy: 'Correct the path.',
        changes: [],
        final: true,
      })
    })

for (const kind of ['character special file', 'block special file'])
  for (const [what, resource] of unwanted)
    test(`a ${kind} is not removed by ${resource.type.name}`, () => {
      const { reason } = found(resource, kind) as { readonly reason: string }
      assert.is(reason, `There is a ${kind} where a ${what} is to be removed.`)
    })

test('the socket of a program that has ended may be removed', () => {
  assert.equal(found(file(PATH, { ensure: 'absent' }), 'socket'), [{ action: 'remove', text: 'socket' }])
})

test.run()
