import { setTimeout as sleep } from 'node:timers/promises'
import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { timeLimit } from '../../src/lib/wait/time-limit.ts'

const test = suite('a limit of time')

test('a look that took longer than the time is followed by one that begins after it', () => {
  let at = 0
  const isLast = timeLimit(10_000, () => at)
  const looks: boolean[] = []
  for (let done = false; !done; ) {
    done = isLast()
    looks.push(done)
    at += 30_000 // one look
  }
  assert.equal(looks, [false, true])
})

test('with no time at all the first look is the last', () => assert.is(timeLimit(0)(), true))

test('without a clock of its own it counts milliseconds', async () => {
  const isLast = timeLimit(30)
  await sleep(40)
  assert.is(isLast(), true)
  assert.is(timeLimit(60_000)(), false)
})

test.run()
