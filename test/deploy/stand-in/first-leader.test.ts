// Marathon's leader changes once, at any instant. Where its successor could end every old task that serves, although
// none may be away (test/standins/marathon/sim/habits.test.ts), it must find no rolling upgrade to start anew.
import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { app, at, endedAs, type Mode } from './ground.ts'

const test = suite('deploy, on the stand-in: the first change of the leader')

for (const [before, instances, over] of [
  [1, 1, 0.5],
  [2, 2, 1],
  [3, 1, 0.5],
] as const)
  for (const mode of ['ok', 'slow', 'sick'] satisfies readonly Mode[])
    test(`${before} → ${instances} tasks that must all be healthy, over-capacity ${over}, the new ones ${mode}: they are`, async () => {
      const more = { instances, upgradeStrategy: { minimumHealthCapacity: 1, maximumOverCapacity: over } }
      const options = { deadline: 90, allow: ['over-capacity'] }
      // Until the tasks that Marathon ends at the start have ended, it carries the upgrade out.
      for (const instant of before > instances ? [4, 8] : [1, 3, 8])
        await at(true, async (place) => {
          const first = { app: app('v1', 'ok', 'MESOS_HTTP', { ...more, instances: before }) }
          assert.is((await place.deploys(first, options)).outcome, 'live')
          place.sim.run(20_000)
          const since = place.sim.now
          let slept = 0
          const sleep = async (ms: number): Promise<void> => {
            place.sim.run(ms)
            if (++slept === instant) place.sim.failover()
          }
          const result = await place.deploys({ app: app('v2', mode, 'MESOS_HTTP', more) }, options, { sleep })
          const how = `${instant}: ${result.reason}`
          endedAs(mode, place, result, mode === 'sick' ? before : instances, how)
          assert.ok(place.sim.least(since) >= instances, `${how}: ${place.sim.least(since)} served`)
        })
    })

test.run()
