// The procedure against the stand-in's core, which does to healthy tasks what the real Marathon was seen to do
// (test/standins/marathon/sim/habits.test.ts).
import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { app, at, LEAST, settled } from './ground.ts'

const test = suite('deploy, on the stand-in')

for (const protocol of ['MESOS_HTTP', 'HTTP'] as const) {
  for (const killing of [true, false]) {
    const how = `${protocol}${killing ? '' : ', without task_killing'}`

    test(`a new version comes in (${how})`, () =>
      at(killing, async (place) => {
        const since = await settled(place, protocol)
        const result = await place.deploys({ app: app('v2', 'ok', protocol) })
        assert.equal(
          [result.outcome, place.serving('v2'), place.sim.instances('/web').length],
          ['live', 4, 4],
          result.reason,
        )
        assert.ok(place.sim.least(since) >= LEAST, `${place.sim.least(since)}`)
      }))

    for (const mode of ['sick', 'killed', 'exit', 'half', 'big'] as const) {
      test(`a version that is ${mode} is taken back (${how})`, () =>
        at(killing, async (place) => {
          const since = await settled(place, protocol)
          const result = await place.deploys({ app: app('v2', mode, protocol) })
          assert.equal([result.outcome, result.back], ['failed', { done: true, healthy: 4, of: 4 }], result.reason)
          assert.equal([place.serving('v1'), place.sim.instances('/web').length], [4, 4])
          assert.ok(place.sim.least(since) >= LEAST, `${place.sim.least(since)}`)
        }))
    }
  }
}

for (const instances of [3, 5, 6])
  test(`a version of ${instances} instances whose tasks Mesos kills for their checks is taken back`, () =>
    at(true, async (place) => {
      const since = await settled(place, 'MESOS_HTTP')
      const result = await place.deploys({ app: app('v2', 'killed', 'MESOS_HTTP', { instances }) })
      assert.equal([result.outcome, result.back], ['failed', { done: true, healthy: 4, of: 4 }], result.reason)
      assert.equal([place.serving('v1'), place.sim.instances('/web').length], [4, 4])
      assert.match(result.reason ?? '', /^\d tasks of v2 ended: none passed its health check, MESOS_HTTP \/health\.\n/)
      assert.ok(place.sim.least(since) >= Math.min(LEAST, instances), `${place.sim.least(since)}`)
    }))

test('up and down', () =>
  at(true, async (place) => {
    const since = await settled(place, 'MESOS_HTTP')
    assert.is((await place.scales(6)).outcome, 'live')
    assert.is((await place.scales(3)).outcome, 'live')
    assert.equal([place.serving('v1'), place.sim.least(since)], [3, 3])
  }))

test.run()
