// The procedure against the stand-in's core, which does to healthy tasks what the real Marathon was seen to do
// (test/standins/marathon/sim/habits.test.ts).
import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import type { Marathon } from '../../src/clients/marathon.ts'
import type { App } from '../../src/deploy/app/app.ts'
import { parseAppFile } from '../../src/deploy/app/app-file.ts'
import type { DeployOptions } from '../../src/deploy/deploy.ts'
import type { DeployResult } from '../../src/deploy/events.ts'
import type { LiveCluster } from '../../src/deploy/live-cluster.ts'
import { deployment } from '../../src/deploy/rollout/deployment.ts'
import { scaling } from '../../src/deploy/rollout/scaling.ts'
import { runProcedure } from '../../src/deploy/run-procedure.ts'
import type { Wanted } from '../../src/deploy/target.ts'
import type { TaskInfo } from '../standins/marathon/core/mesos.ts'
import { type Behaviour, byMode } from '../standins/marathon/sim/behaviour.ts'
import { Died, mortal } from '../support/mortal.ts'
import { Simulated, serving } from '../support/simulated.ts'

const test = suite('deploy, on the stand-in')

type Mode = 'ok' | 'sick' | 'killed' | 'exit' | 'slow' | 'half' | 'big'
type Protocol = 'HTTP' | 'MESOS_HTTP'

/** `half`: every other task is sick. `killed`: their checks do not all fail at the same time. */
const behave = (): ((task: TaskInfo) => Behaviour) => {
  let n = 0
  return (task) => {
    const behaviour = byMode(task)
    if (behaviour.unwell !== undefined) return { ...behaviour, unwell: behaviour.unwell + 4000 * (n++ % 3) }
    if (!JSON.stringify(task.command).includes('"value":"half"')) return byMode(task)
    n += 1
    return n % 2 === 0 ? { runs: 300, healthy: 1300, dies: 100 } : { runs: 300, dies: 100 }
  }
}

const app = (version: string, mode: Mode, protocol: Protocol, more: object = {}): App =>
  parseAppFile(
    JSON.stringify({
      id: '/web',
      cmd: 'exec x',
      cpus: mode === 'big' ? 64 : 0.1,
      instances: 4,
      env: { MODE: mode, VERSION: version },
      healthChecks: [
        {
          protocol,
          path: '/health',
          gracePeriodSeconds: 300,
          intervalSeconds: 1,
          timeoutSeconds: 1,
          maxConsecutiveFailures: 3,
        },
      ],
      upgradeStrategy: { minimumHealthCapacity: 1, maximumOverCapacity: 0.5 },
      taskKillGracePeriodSeconds: 20,
      ...more,
    }),
    { path: 'app.json' },
  )

class Place extends Simulated {
  constructor(killing: boolean) {
    super({ behave: behave(), settings: killing ? { features: ['task_killing'] } : {} })
    this.sim.mesos.killing = killing
  }
  deploys(
    wanted: Wanted,
    options: Omit<DeployOptions, 'transport'> = {},
    more: Partial<LiveCluster> = {},
  ): Promise<DeployResult> {
    const run = runProcedure(
      this.liveCluster(more),
      '/web',
      (given, named, note) => deployment(given, wanted, named, note),
      {
        deadline: 30,
        ...options,
      },
    )
    return run.result
  }
  scales(instances: number): Promise<DeployResult> {
    return runProcedure(this.liveCluster(), '/web', (given, named) => scaling(given, '/web', instances, named), {
      deadline: 30,
    }).result
  }
  /** Tasks that serve, of a version. */
  serving(version: string): number {
    const ids = new Set(this.sim.samples.at(-1)?.ids)
    return [...this.sim.mesos.tasks.values()].filter(
      ({ info }) => ids.has(info.task_id.value) && JSON.stringify(info.command).includes(`"value":"${version}"`),
    ).length
  }
}

const at = (killing: boolean, work: (place: Place) => Promise<void>): Promise<void> => serving(new Place(killing), work)

/** Four healthy tasks of v1, for so long that Marathon has looked at their number. */
async function settled(place: Place, protocol: Protocol, more: object = {}): Promise<number> {
  assert.is((await place.deploys({ app: app('v1', 'ok', protocol, more) })).outcome, 'live')
  place.sim.run(20_000)
  return place.sim.now
}

const LEAST = 4
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

// The tool dies.
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
