// Somebody else scales, suspends or removes the app at any look, by Marathon's own page.
import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { NONE_IS_MISSED } from '../../../src/balancing/chain.ts'
import { marathon } from '../../../src/clients/marathon.ts'
import { app } from './ground.ts'
import { type Place, withPlace } from './place.ts'

const test = suite('deploy: meanwhile')

/** Does something at a look. */
function at(place: Place, n: number, what: () => Promise<unknown>) {
  let slept = 0
  return async (ms: number): Promise<void> => {
    place.tick(ms)
    if (++slept === n) await what()
  }
}
const others = ({ fake }: Place) => marathon({ hosts: [{ name: 'm1', dial: fake.dial }] })

for (const wanted of [2, 6])
  for (const theirs of [0, 3, 8])
    test(`scale to ${wanted}, and somebody else scales to ${theirs}`, async () => {
      for (let n = 1; n <= 8; n++)
        await withPlace(async (place) => {
          const sleep = at(place, n, () => others(place).changes(NONE_IS_MISSED).scale('/web', theirs, { force: true }))
          const { outcome, reason } = await place.scales(wanted, {}, { sleep })
          const { instances } = place.fake.current.definition
          if (instances === wanted) return assert.is(outcome, 'live', `${n}: ${reason}`)
          assert.is(outcome, 'failed', `${n}: ${reason}`)
          assert.is(reason, `somebody else has meanwhile scaled /web to ${theirs}.`)
        })
    })

test('a version comes in, and somebody else scales the app: theirs is the number that is told', async () => {
  for (let n = 1; n <= 14; n += 2)
    for (const theirs of [0, 3, 8])
      await withPlace(async (place) => {
        const sleep = at(place, n, () => others(place).changes(NONE_IS_MISSED).scale('/web', theirs, { force: true }))
        const { outcome, instances, reason } = await place.deploys({ app: app('v2') }, {}, { sleep })
        const { fake } = place
        const [version] = outcome === 'live' ? ['v2'] : ['v1']
        // by force, theirs ends the rollout: then the version before serves again, with the number that it had
        assert.equal(
          [fake.healthy(version).length, fake.instances.length, instances],
          [
            fake.current.definition.instances,
            fake.current.definition.instances,
            outcome === 'live' ? fake.current.definition.instances : 4,
          ],
          `${n}, ${theirs}: ${outcome}: ${reason}`,
        )
      })
})

test('somebody else scales the app while the image is brought: a file without a number keeps theirs', () =>
  withPlace(async (place) => {
    const image = async () => {
      await others(place).changes(NONE_IS_MISSED).scale('/web', 8)
      place.tick(30_000)
    }
    const file = app('v2', 'good', { instances: undefined })
    const { outcome, instances, reason } = await place.deploys(
      { app: file },
      {},
      { slaves: [{ host: 'slave-1', registries: [], image }] },
    )
    assert.equal([outcome, instances, place.fake.healthy('v2').length], ['live', 8, 8], reason)
  }))

for (const [what, run] of [
  ['scale', (place: Place, more: object) => place.scales(6, {}, more)],
  ['deploy', (place: Place, more: object) => place.deploys({ app: app('v2') }, {}, more)],
] as const)
  test(`${what}, and somebody else removes the app`, async () => {
    for (let n = 1; n <= 6; n++)
      await withPlace(async (place) => {
        const sleep = at(place, n, () => others(place).remove('/web', { force: true }))
        const { outcome, reason } = await run(place, { sleep })
        if (outcome === 'live') return
        assert.is(outcome, 'failed', `${n}: ${reason}`)
        assert.match(reason ?? '', /^\/web was removed meanwhile/)
      })
  })

for (const [what, run] of [
  ['scale', (place: Place) => place.scales(6)],
  ['deploy', (place: Place) => place.deploys({ app: app('v2') })],
] as const)
  test(`${what}, and somebody else begins in the same instant`, () =>
    withPlace(async (place) => {
      place.fake.before = (asked) =>
        asked.startsWith('PUT') ? { status: 409, body: '{"message":"App is locked"}' } : undefined
      const { outcome, reason } = await run(place)
      assert.is(outcome, 'refused')
      assert.match(reason ?? '', /^another deployment of \/web began at the same moment: .*App is locked/)
    }))

test.run()
