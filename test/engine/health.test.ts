import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { together } from '../../src/engine/health.ts'

const test = suite('engine/health')
const green = { green: true, says: 'fine' }
const red = { green: false, says: 'broken' }
const outside = { green: false, outside: true, says: 'web has no usable server' }

for (const [what, all, wanted] of [
  ['all green', [green, green], { green: true, says: 'fine; fine' }],
  ['one red', [green, red], { green: false, says: 'broken' }],
  [
    'red for what it serves only: no run waits for that',
    [green, outside],
    { green: true, says: 'fine; web has no usable server' },
  ],
  ['red for both', [outside, red], { green: false, says: 'broken' }],
] as const) {
  test(`several components as one: ${what}`, () => {
    const { green, says } = together(all)
    assert.equal({ green, says }, wanted)
  })
}

test.run()
