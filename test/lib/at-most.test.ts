import { setImmediate as turn } from 'node:timers/promises'
import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { waitAtMost } from '../../src/lib/wait/at-most.ts'
import { standStill } from '../support/stand-still.ts'

const test = suite('waiting for somebody else')

test('late is called once, and never too soon', async () => {
  const began = performance.now()
  let calls = 0
  await new Promise<void>((resolve) =>
    waitAtMost(80, () => {
      calls++
      resolve()
    }),
  )
  assert.ok(performance.now() - began >= 79)
  await turn()
  assert.is(calls, 1)
})

test('who stood still much longer than the limit has not waited for it', async () => {
  let late = false
  const over = new Promise<void>((resolve) =>
    waitAtMost(400, () => {
      late = true
      resolve()
    }),
  )
  standStill(1500)
  for (let i = 0; i < 3; i++) await turn() // what came meanwhile is read here
  assert.is(late, false)
  await over
})

test('who has been answered is never late, even where the answer is read in the last moment', async () => {
  let late = false
  const stop = waitAtMost(40, () => {
    late = true
  })
  standStill(30)
  await turn()
  standStill(30) // the time is up, but what has come is still read before anybody is called late
  await Promise.resolve()
  stop()
  standStill(100)
  await turn()
  await turn()
  assert.is(late, false)
})

test('who waits within a longer wait is late first, however often both stood still', async () => {
  const late: string[] = []
  let work = true
  waitAtMost(1000, () => {
    late.push('first')
    waitAtMost(1000, () => late.push('second'))
  })
  waitAtMost(3000, () => {
    late.push('all')
    work = false
  })
  while (work) {
    standStill(1000)
    for (let i = 0; i < 3; i++) await turn()
  }
  assert.equal(late, ['first', 'second', 'all'])
})

test.run()
