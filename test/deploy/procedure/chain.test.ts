// The way from Marathon to the HAProxies breaks: before tasks are replaced, while they are, and on the way back. Nobody
// may end a task that serves for one that gets no requests.
import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { root } from '../../support/code.ts'
import { app } from './ground.ts'
import { DENIED, withPlace } from './place.ts'

const test = suite('deploy: the way to the HAProxies')

const ALWAYS = Number.POSITIVE_INFINITY

for (const [what, instances, options, outcome] of [
  ['more tasks', 6, {}, 'refused'],
  ['fewer tasks', 2, {}, 'refused'],
  ['as many tasks', 4, {}, 'unchanged'],
  ['more tasks, which is accepted', 6, { allow: ['lb-chain'] }, 'live'],
  ['no task at all', 0, {}, 'live'],
] as const)
  test(`it is broken, and an app shall have ${what}: ${outcome}`, () =>
    withPlace(async (place) => {
      place.broken = [0, ALWAYS]
      const { outcome: is, reason = '' } = await place.scales(instances, options)
      assert.is(is, outcome, reason)
      if (outcome !== 'refused') return
      assert.equal(place.fake.log.requests, [])
      assert.ok(reason.includes(DENIED) && reason.includes('--allow lb-chain'), reason)
    }))

for (const [what, more] of [
  ['half as many more', {}],
  ['none more, half may be away', { upgradeStrategy: { minimumHealthCapacity: 0.5, maximumOverCapacity: 0 } }],
  ['all at once', { upgradeStrategy: { minimumHealthCapacity: 1, maximumOverCapacity: 1 } }],
] as const)
  test(`it breaks at any moment of a deployment (${what}), and is whole again: live, no old task ended for it`, async () => {
    const least = what.startsWith('none') ? 2 : 4
    for (let from = 500; from < 14_000; from += 750)
      await withPlace(async (place) => {
        place.broken = [from, from + 12_500]
        const { outcome, reason } = await place.deploys({ app: app('v2', 'good', more) }, { allow: ['over-capacity'] })
        const { fake } = place
        assert.is(outcome, 'live', `${from}: ${reason}`)
        assert.equal([fake.healthy('v2').length, fake.instances.length], [4, 4], `${from}`)
        assert.ok(fake.least >= least, `${from}: ${fake.least}`)
        // what Marathon began in the second before the look is on its way
        assert.ok(place.lost.length <= 2, `${from}: ${place.lost}`)
      }, more)
  })

test('it breaks and stays broken: the rollout is held, both versions run, and the next run makes it good', async () => {
  for (let from = 1000; from < 8000; from += 1000)
    for (const next of ['v2', 'v1'] as const)
      await withPlace(async (place) => {
        place.broken = [from, ALWAYS]
        const { fake } = place
        const { outcome, reason = '' } = await place.deploys({ app: app('v2') })
        if (outcome === 'live') return // it was done before
        assert.is(outcome, 'failed', reason)
        assert.match(
          reason,
          /^new tasks get no requests any more\nslave-1: .*\nv2 was stopped where it was, .* old and /,
        )
        place.tick(120_000)
        assert.ok(fake.healthy('v1').length > 0, `${from}`)
        place.broken = [0, 0]
        const again = await place.deploys(next === 'v2' ? { app: app('v2') } : { id: '/web', to: 'v1' })
        assert.is(again.outcome, 'live', `${from} ${next}: ${again.reason}`)
        const ended = [fake.healthy(next).length, fake.instances.length, fake.current.definition.instances]
        assert.equal(ended, [4, 4, 4], `${from} ${next}`)
        assert.ok(fake.least >= 4, `${from} ${next}: ${fake.least}`)
      })
})

test('it is broken on the way back: the old version serves on, and comes in again when it is whole', () =>
  withPlace(async (place) => {
    const goesBack = (request: string): undefined => {
      // from when its tasks are taken out
      if (request.startsWith('POST') && place.broken[1] === 0) place.broken = [place.at, place.at + 20_000]
    }
    place.fake.before = goesBack
    const { back, reason } = await place.deploys({ app: app('v2', 'exits') })
    assert.is(place.broken[1] > 0, true)
    assert.equal(back, { done: true, healthy: 4, of: 4 }, reason)
    assert.equal([place.fake.healthy('v1').length, place.fake.least, place.lost], [4, 4, []])
  }))

test('it breaks while the old version comes in again: that is halted, and goes on when it is whole', async () => {
  for (let after = 500; after < 9000; after += 1500)
    await withPlace(async (place) => {
      let put = 0
      place.fake.before = (request) => {
        if (!request.startsWith('PUT') || !request.includes('partialUpdate') || ++put !== 2) return undefined
        place.broken = [place.at + after, place.at + after + 15_000]
        return undefined
      }
      const { back, reason } = await place.deploys({ app: app('v2', 'exits') })
      assert.equal(back, { done: true, healthy: 4, of: 4 }, `${after}: ${reason}`)
      const { fake } = place
      assert.equal([fake.healthy('v1').length, fake.instances.length, fake.least], [4, 4, 4], `${after}`)
      assert.ok(place.lost.length <= 2, `${after}: ${place.lost}`)
    })
})

test('it breaks while tasks are added: who does not know them is said, and why', () =>
  withPlace(async (place) => {
    place.broken = [500, ALWAYS]
    const balancer = {
      host: 'slave-1',
      hostnames: place.fake.hosts,
      stats: async () => [],
      get: async () => 200,
      connect: async () => 'held' as const,
    }
    const { outcome, reason } = await place.scales(6, {}, { balancers: [balancer] })
    assert.is(outcome, 'unserved', reason)
    assert.match(reason ?? '', /\nslave-1: its HAProxy does not know 6 of 6 tasks .*\nslave-1: registrar: .* 403\nSee/)
  }))

test('asked to stop while it is held: that is said, and it stays so', () =>
  withPlace(async (place) => {
    place.broken = [2000, ALWAYS]
    const stop = new AbortController()
    const sleep = async (ms: number): Promise<void> => {
      place.tick(ms)
      if (place.at > 12_000) stop.abort()
    }
    const { outcome, reason } = await place.deploys({ app: app('v2') }, { signal: stop.signal }, { sleep })
    assert.is(outcome, 'left')
    assert.match(reason ?? '', /^stopped as asked: new tasks get no requests any more\n.*\nv2 was stopped where it was/)
    place.tick(120_000)
    assert.equal([place.fake.healthy('v1').length > 0, place.fake.least], [true, 4])
  }))

test('changes that ask nobody are those that end nothing which serves', () => {
  const uses = (folder: string): readonly string[] =>
    readdirSync(join(root, folder), { recursive: true, encoding: 'utf8' })
      .filter((name) => name.endsWith('.ts'))
      .map((name) => join(folder, name))
      .filter((file) => readFileSync(join(root, file), 'utf8').includes('(NONE_IS_MISSED)'))
  assert.equal([...uses('src'), ...uses('recipes')].sort(), [
    'recipes/mesos-agent/move-tasks.ts', // its own additional task
    'src/deploy/chain.ts', // holds a rollout
    'src/deploy/never-started.ts', // a task that Mesos does not know
    'src/deploy/rollout/deployment.ts', // a first version that has failed
  ])
})

test.run()
