/** A quorum that grows in stages, killed at every event of its stages. */
import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { killedAtEach } from '../support/growing.ts'

const test = suite('a staged run, killed')

test('killed at every boundary between and inside stages, the next run ends right', async () => {
  const kills = await killedAtEach(['stage', 'observing', 'applying', 'step', 'step-done', 'verifying', 'gate', 'host'])
  assert.ok(kills >= 40, `${kills} kills`)
})

test.run()
