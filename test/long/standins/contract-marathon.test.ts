import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { exceptions } from '../../contract/marathon/exceptions.ts'
import { parts } from '../../contract/marathon/suite.ts'
import { newTally, summary } from '../../contract/replay.ts'

const test = suite('contract: marathon')
const tally = newTally()

for (const [name, part] of Object.entries(parts)) test(name, () => part(tally))

test('all of it is as recorded, but for what is listed', () => {
  console.log(summary(tally))
  assert.equal(tally.different, [])
  const idle = exceptions.filter((exception) => !tally.used.has(exception))
  assert.equal(idle, [], 'no exception is listed in vain')
})

test.run()
