import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { tail } from '../../../src/transport/exec/tail.ts'

const test = suite('transport/tail')

test('keeps the last bytes, however they come', () => {
  for (const size of [1, 3, 7, 64, 1000]) {
    const all = Buffer.from(Array.from({ length: 5000 }, (_, i) => i % 251))
    const kept = tail(100)
    for (let at = 0; at < all.length; at += size) kept.push(all.subarray(at, at + size))
    assert.equal(kept.bytes(), all.subarray(-100), `in pieces of ${size}`)
  }
})

test('keeps all of what is less than the limit', () => {
  const kept = tail(100)
  kept.push(Buffer.from('ab'))
  kept.push(Buffer.from('c'))
  assert.is(kept.bytes().toString(), 'abc')
})

test.run()
