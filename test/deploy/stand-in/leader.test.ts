// The procedure against the stand-in's core, which does to healthy tasks what the real Marathon was seen to do
// (test/standins/marathon/sim/habits.test.ts).
import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import type { Marathon } from '../../../src/clients/marathon.ts'
import { app, at, LEAST, settled } from './ground.ts'

const test = suite('deploy, on the stand-in: the leader')

test('the leader changes in the middle: over-capacity 0.5 costs two, and the deployment ends well', () =>
  at(true, async (place) => {
    const since = await settled(place, 'MESOS_HTTP')
    let slept = 0
    const sleep = async (ms: number): Promise<void> => {
      place.sim.run(ms)
      if (++slept === 2) place.sim.failover()
    }
    const result = await place.deploys({ app: app('v2', 'ok', 'MESOS_HTTP') }, {}, { sleep })
    assert.equal([result.outcome, place.serving('v2')], ['live', 4], result.reason)
    assert.ok(place.sim.least(since) >= 2)
  }))

test('a launch is lost with the leader that asked for it: the task is started anew, and the version is live', () =>
  at(true, async (place) => {
    const since = await settled(place, 'MESOS_HTTP')
    const { mesos } = place.sim
    const call = mesos.call.bind(mesos)
    let lost = 0
    mesos.call = (what, now) => {
      if (what.type !== 'ACCEPT' || lost++ > 0) call(what, now)
    }
    const result = await place.deploys({ app: app('v2', 'ok', 'MESOS_HTTP') }, { deadline: 150 })
    assert.equal(
      [result.outcome, place.serving('v2'), place.sim.instances('/web').length],
      ['live', 4, 4],
      result.reason,
    )
    assert.ok(lost > 1 && place.sim.least(since) >= LEAST, `${place.sim.least(since)}`)
  }))

test('all tasks answer, and Marathon never hears that they are healthy: they are left as they are', () =>
  at(true, async (place) => {
    const all = { upgradeStrategy: { minimumHealthCapacity: 0, maximumOverCapacity: 0 } }
    await settled(place, 'MESOS_HTTP', all)
    const marathon: Marathon = {
      ...place.client(),
      app: async (id) => {
        const found = await place.client().app(id)
        return found && { ...found, tasks: found.tasks.map((task) => ({ ...task, healthy: undefined })) }
      },
    }
    const knowing = { marathon, others: async () => ({ app: true }) }
    const result = await place.deploys({ app: app('v2', 'sick', 'MESOS_HTTP', all) }, {}, knowing)
    assert.equal([result.outcome, result.back], ['failed', undefined], result.reason)
    assert.match(
      result.reason ?? '',
      /^all 4 tasks of v2 are healthy, but Marathon does not end its deployment \S+: they are left as they are/,
    )
    assert.is(place.sim.instances('/web').length, 4)
  }))

for (const mode of ['ok', 'sick', 'half'] as const)
  test(`the leader changes at any instant while ${mode} tasks come in: no serving version is taken back, and no way back ends what serves`, async () => {
    for (const instant of mode === 'ok' ? [1, 2, 3, 5, 8] : [2, 6])
      await at(true, async (place) => {
        await settled(place, 'MESOS_HTTP', { upgradeStrategy: { minimumHealthCapacity: 1, maximumOverCapacity: 0.25 } })
        let since = 0
        let slept = 0
        const sleep = async (ms: number): Promise<void> => {
          place.sim.run(ms)
          if (++slept !== instant) return
          place.sim.failover()
          place.sim.run(1000) // what the new leader kills at once is Marathon's own doing
          since = place.sim.now
        }
        const strategy = { upgradeStrategy: { minimumHealthCapacity: 1, maximumOverCapacity: 0.25 } }
        const result = await place.deploys({ app: app('v2', mode, 'MESOS_HTTP', strategy) }, {}, { sleep })
        const how = `${instant}: ${result.reason}`
        const [outcome, version] = mode === 'ok' ? ['live', 'v2'] : ['failed', 'v1']
        assert.equal([result.outcome, place.serving(version), place.sim.instances('/web').length], [outcome, 4, 4], how)
        assert.is(result.back?.done, mode === 'ok' ? undefined : true, how)
        if (slept >= instant) assert.ok(place.sim.least(since) >= 3, `${instant}: ${place.sim.least(since)} served`)
      })
  })

test.run()
