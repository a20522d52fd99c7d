/** A quorum that grows in stages, killed at every event of its stages. */
import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { killedAtEach } from '../support/growing.ts'

const test = suite('a staged run, killed')

const ALL = ['stage', 'observing', 'applying', 'step', 'step-done', 'verifying', 'gate', 'host'] as const

test('killed at every boundary between and inside stages, the next run ends right', async () => {
  const kills = await killedAtEach(ALL, 'a', { names: 'abc' })
  assert.ok(kills >= 40, `${kills} kills`)
})

test('the same where members leave', async () => {
  const kills = await killedAtEach(ALL, 'abc', { names: 'abc', retire: 'bc' })
  assert.ok(kills >= 40, `${kills} kills`)
})

test.run()
