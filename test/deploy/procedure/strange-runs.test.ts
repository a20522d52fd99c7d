// What people do with deployments: the same twice at once, ^C at any moment and again, waiting that is interrupted, an
// app that is taken to nothing.
import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import type { Front } from '../../../src/balancing/clash.ts'
import { app } from './ground.ts'
import { withPlace } from './place.ts'

const test = suite('deploy: strange runs')
const front = (more: Partial<Front>): Front => ({
  host: 's-1',
  defaultBackend: undefined,
  critical: [],
  tcpPorts: [],
  ...more,
})

for (const does of ['good', 'sick'] as const)
  test(`^C at any look at a version that is ${does}, and the same again: it is made good, nothing is lost`, async () => {
    for (let n = 1; n <= 45; n += 4)
      await withPlace(async (place) => {
        const stop = new AbortController()
        let slept = 0
        const sleep = async (ms: number): Promise<void> => {
          place.tick(ms)
          if (++slept === n) stop.abort()
        }
        await place.deploys({ app: app('v2', does) }, { deadline: 10, signal: stop.signal }, { sleep })
        const allow = place.fake.plan ? ['running-deployment'] : []
        const { outcome, reason } = await place.deploys({ app: app('v3') }, { allow })
        assert.is(outcome, 'live', `${n}: ${reason}`)
        assert.equal([place.fake.healthy('v3').length, place.fake.instances.length], [4, 4], `${n}`)
        assert.ok(place.fake.least >= 4, `${n}: ${place.fake.least}`)
      })
  })

test('the same file from two terminals at once: one is live, the other one is refused or finds it live', () =>
  withPlace(async (place) => {
    const { fake } = place
    const both = await Promise.all([1, 2].map(() => place.deploys({ app: app('v2') })))
    const outcomes = both.map(({ outcome }) => outcome).sort()
    assert.ok(outcomes.includes('live'), JSON.stringify(both))
    assert.ok(['live', 'refused', 'unchanged'].includes(outcomes[1] ?? ''), JSON.stringify(both))
    assert.equal([fake.healthy('v2').length, fake.instances.length], [4, 4])
  }))

test('waiting for another deployment is interrupted: nothing was sent', () =>
  withPlace(async (place) => {
    const stop = new AbortController()
    let slept = 0
    const sleep = async (ms: number): Promise<void> => {
      place.tick(ms)
      if (++slept === 3) stop.abort()
    }
    void place.deploys({ app: app('v2', 'sick') }, { deadline: 300 })
    while (place.fake.plan === undefined) await new Promise((resolve) => setTimeout(resolve, 5))
    const sent = place.fake.log.requests.length
    const { outcome, reason } = await place.deploys({ app: app('v3') }, { wait: true, signal: stop.signal }, { sleep })
    assert.is(outcome, 'left', reason)
    assert.equal(
      place.fake.log.requests.slice(sent).filter((each) => each.includes('partialUpdate')),
      [],
    )
  }))

for (const [what, fronts, options, outcome, says] of [
  ['the default', front({ defaultBackend: 'web' }), {}, 'refused', /^vars\.haproxy\.defaultBackend of s-1 names web/],
  ['critical', front({ critical: ['web'] }), {}, 'refused', /^vars\.haproxy\.critical of s-1 names web/],
  ['critical, which is accepted', front({ critical: ['web'] }), { allow: ['in-use'] }, 'live', /^$/],
  ['named nowhere', front({}), {}, 'live', /^$/],
] as const)
  for (const how of ['scale', 'deploy'] as const)
    test(`${how} takes an app to nothing that is ${what}: ${outcome}`, () =>
      withPlace(async (place) => {
        const more = { fronts: [fronts] }
        const none = { app: app('v1', 'good', { instances: 0 }) }
        const result = how === 'scale' ? await place.scales(0, options, more) : await place.deploys(none, options, more)
        assert.is(result.outcome, outcome, result.reason)
        assert.match(result.reason ?? '', says)
        if (outcome === 'refused') assert.equal(place.fake.log.requests, [])
      }))

test('an app that has no task is left as it is, whatever names it', () =>
  withPlace(async (place) => {
    await place.scales(0)
    const { outcome, reason } = await place.scales(0, {}, { fronts: [front({ critical: ['web'] })] })
    assert.is(outcome, 'unchanged', reason)
  }))

test.run()
