// Marathon's leader changes several times in one rollout: each new leader ends healthy old tasks at once
// (test/standins/marathon/sim/habits.test.ts), and the next one must find none that it may end.
import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import type { DeployOptions } from '../../../src/deploy/deploy.ts'
import type { DeployResult } from '../../../src/deploy/events.ts'
import { app, at, endedAs, type Mode, type Place, settled } from './ground.ts'

const test = suite('deploy, on the stand-in: several leaders')

/** How many seconds a leader has led when it dies. */
const LED = 6

/** What each leader costs is Marathon's own doing; what serves after the first must not become less. */
for (const [instances, over, left] of [
  [2, 0.5, 1],
  [4, 0.5, 2],
  [4, 0.25, 3],
] as const)
  for (const mode of ['ok', 'slow', 'sick'] satisfies readonly Mode[])
    test(`${instances} tasks, over-capacity ${over}, the new ones ${mode}: three leaders die, and one costs`, async () => {
      const more = { instances, upgradeStrategy: { minimumHealthCapacity: 1, maximumOverCapacity: over } }
      for (const first of [2, 5])
        await at(true, async (place) => {
          const since = await settled(place, 'MESOS_HTTP', more)
          let slept = 0
          const sleep = async (ms: number): Promise<void> => {
            place.sim.run(ms)
            slept += 1
            if ([first, first + LED, first + 2 * LED].includes(slept)) place.sim.failover()
          }
          const deploys = place.deploys({ app: app('v2', mode, 'MESOS_HTTP', more) }, { deadline: 90 }, { sleep })
          const result = await deploys
          const how = `${first}: ${result.reason}`
          endedAs(mode, place, result, instances, how)
          assert.ok(place.sim.least(since) >= left, `${how}: ${place.sim.least(since)} served`)
        })
    })

const TWO = { instances: 2, upgradeStrategy: { minimumHealthCapacity: 1, maximumOverCapacity: 0.5 } }

/** Deploys v2 instead of two tasks, while the leader changes; `more` happens at each look. */
async function afterTheChange(
  mode: Mode,
  more: (place: Place, looks: number) => void,
  options: Omit<DeployOptions, 'transport'> = {},
): Promise<{ readonly result: DeployResult; readonly place: Place; readonly least: number }> {
  let ended: { readonly result: DeployResult; readonly place: Place; readonly least: number } | undefined
  await at(true, async (place) => {
    const since = await settled(place, 'MESOS_HTTP', TWO)
    let looks = 0
    const sleep = async (ms: number): Promise<void> => {
      place.sim.run(ms)
      if (++looks === 3) place.sim.failover()
      more(place, looks)
    }
    const result = await place.deploys(
      { app: app('v2', mode, 'MESOS_HTTP', TWO) },
      { deadline: 90, ...options },
      { sleep },
    )
    ended = { result, place, least: place.sim.least(since) }
  })
  if (ended === undefined) throw new Error('it did not end')
  return ended
}

test('the answers to its steps are lost: each is taken once', async () => {
  const lost: string[] = []
  const { result, place, least } = await afterTheChange('slow', (where) => {
    where.loses = (request) => {
      const loses = !request.startsWith('GET') && !lost.includes(request)
      if (loses) lost.push(request)
      return loses
    }
  })
  assert.equal([result.outcome, place.serving('v2'), place.sim.instances('/web').length], ['live', 2, 2], result.reason)
  assert.ok(lost.some((request) => request.startsWith('POST')) && least >= 1, `${least}: ${lost.join(' ')}`)
})

test('asked to stop: it says that nobody goes on, and the old task serves on', async () => {
  const stop = new AbortController()
  const { result, place, least } = await afterTheChange('slow', (_, looks) => looks === 12 && stop.abort(), {
    signal: stop.signal,
  })
  assert.is(result.outcome, 'left')
  assert.match(
    result.reason ?? '',
    /^stopped as asked: v2 was stopped where it was, so that no old task ends: 1 old and 2 new tasks run\. To go on, deploy again\.$/,
  )
  place.sim.run(120_000)
  assert.ok(place.serving('v1') === 1 && least >= 1, `${place.serving('v1')} ${least}`)
})

test.run()
