/** What was recorded of a real Mesos, replayed at its stand-ins, with a real ZooKeeper and a real Docker. */
import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { EXCEPTIONS } from '../../contract/mesos/exceptions.ts'
import { Scene } from '../../contract/mesos/scene.ts'
import { standins } from '../../contract/mesos/standins.ts'
import { replayAll } from '../../contract/mesos/suite.ts'
import { newTally, summary } from '../../contract/replay.ts'
import { withHosts } from '../../support/hosts.ts'

const test = suite('contract: mesos')
const { box } = await withHosts(test, import.meta.url)

test('answers have the status and the shape of the recorded ones', async () => {
  const tally = newTally()
  await replayAll(new Scene(await standins(box), tally), true)
  console.log(summary(tally))
  assert.equal(tally.different, [])
  assert.ok(tally.replayed > 100, `${tally.replayed} replayed`)
  assert.equal(
    EXCEPTIONS.filter((e) => !tally.used.has(e)),
    [],
    'every exception is needed',
  )
})

test.run()
