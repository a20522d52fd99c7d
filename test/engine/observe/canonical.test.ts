import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { canonical } from '../../../src/engine/observe/compile.ts'
import { Secret } from '../../../src/shell/secret.ts'
import { note } from '../../support/toys.ts'

const test = suite('canonical')

const x = note('x', { text: '1' })
const y = note('y', { text: '1' })

test('canonical: equal where and only where properties are', () => {
  const same: readonly (readonly [unknown, unknown])[] = [
    [
      { a: 1, b: 2 },
      { b: 2, a: 1 },
    ],
    [{ s: new Secret('x') }, { s: new Secret('x') }],
    [{ b: new Uint8Array([1, 2]) }, { b: Buffer.from([1, 2]) }],
    // what it refers to is compared where it stands
    [{ on: [note('x', { text: '1' })] }, { on: [note('x', { text: '2' })] }],
  ]
  const different: readonly (readonly [unknown, unknown])[] = [
    [{ s: new Secret('x') }, { s: new Secret('y') }],
    [{ s: new Secret('x') }, { s: 'x' }],
    [{ b: new Uint8Array([1, 2]) }, { b: new Uint8Array([1, 3]) }],
    [
      [1, 2],
      [2, 1],
    ],
    [{ a: null }, { a: 0 }],
    [{ on: [x] }, { on: [y] }],
  ]
  for (const [a, b] of same) assert.is(canonical(a), canonical(b))
  for (const [a, b] of different) assert.is.not(canonical(a), canonical(b))
  assert.not.match(canonical({ s: new Secret('hunter22') }), 'hunter22')
})

test.run()
