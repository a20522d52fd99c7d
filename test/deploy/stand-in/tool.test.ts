// The procedure against the stand-in's core, which does to healthy tasks what the real Marathon was seen to do
// (test/standins/marathon/sim/habits.test.ts).
import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { Died, mortal } from '../../support/mortal.ts'
import { app, at, LEAST, settled } from './ground.ts'

const test = suite('deploy, on the stand-in: the tool dies')

for (const mode of ['sick', 'killed', 'exit', 'half', 'big'] as const) {
  test(`${mode}: whenever the tool dies, the next run makes it good`, async () => {
    for (let n = 1; n <= 5; n++) {
      for (const when of ['before', 'after'] as const) {
        for (const idle of [0, 20_000]) {
          await at(true, async (place) => {
            const since = await settled(place, 'MESOS_HTTP')
            let died = false
            const result = await place
              .deploys({ app: app('v2', mode, 'MESOS_HTTP') }, {}, { marathon: mortal(place.client(), n, when) })
              .catch((error) => {
                assert.instance(error, Died)
                died = true
              })
            const what = `${when} change ${n}, ${idle / 1000} s later`
            if (!died) {
              assert.is(result?.back?.done, true, what)
              return
            }
            place.sim.run(idle)
            const after = await place.deploys(
              { app: app('v3', 'ok', 'MESOS_HTTP') },
              { allow: place.sim.idle() ? [] : ['running-deployment'] },
            )
            assert.equal(
              [after.outcome, place.serving('v3'), place.sim.instances('/web').length],
              ['live', 4, 4],
              `${what}: ${after.reason}`,
            )
            assert.ok(place.sim.least(since) >= LEAST, `${what}: ${place.sim.least(since)} served`)
          })
        }
      }
    }
  })
}

test.run()
