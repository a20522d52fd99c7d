// A version comes in: the first, the next, an older one; and an app is scaled.
import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { NONE_IS_MISSED } from '../../../src/balancing/chain.ts'
import type { Marathon } from '../../../src/clients/marathon.ts'
import type { App } from '../../../src/deploy/app/app.ts'
import type { LiveCluster } from '../../../src/deploy/live-cluster.ts'
import { app, type Ctx, clientOf, deploys, onFakes, scales, started, writes } from './ground.ts'

const test = suite<Ctx>('deploy')
onFakes(test)

// The fake first: were it kinder than the real one, the rest would prove nothing. (Measured: docs/deploy.md.)
for (const [way, go] of [
  [
    'a plain PUT of the old version',
    (m: Marathon, old: App) => m.changes(NONE_IS_MISSED).put('/web', old.definition, { force: true }),
  ],
  [
    'a forced DELETE and a PUT',
    (m: Marathon, old: App) =>
      m.changes(NONE_IS_MISSED).put('/web', { ...old.definition, labels: { again: '1' } }, { force: true }),
  ],
] as const) {
  test(`the fake kills healthy tasks on ${way}`, async ({ fake }) => {
    const checks = { healthChecks: [{ protocol: 'HTTP', path: '/' }] }
    started(fake, app('v1', 'good', checks))
    await clientOf(fake)
      .changes(NONE_IS_MISSED)
      .put('/web', app('v2', 'sick', checks).definition)
    fake.tick(10_000)
    await go(clientOf(fake), app('v1', 'good', checks))
    fake.tick(30_000)
    assert.ok(fake.least < 4, `${fake.least}`)
  })
}

test('a new version comes in', async ({ fake }) => {
  started(fake, app('v1'))
  const { result, events } = await deploys(fake, { app: app('v2') })
  assert.equal([result.outcome, result.exitCode, result.from, result.to, result.instances], ['live', 0, 'v1', 'v2', 4])
  assert.equal(writes(fake), ['PUT /v2/apps/web?partialUpdate=false'])
  assert.equal([fake.healthy('v2').length, fake.least], [4, 4])
  const rolling = events.flatMap((event) =>
    event.event === 'rolling' ? [`${event.healthy} of ${event.of}, ${event.old} old`] : [],
  )
  assert.equal([rolling[0], rolling.at(-1)], ['0 of 4, 4 old', '4 of 4, 0 old'])
})

test('a first version', async ({ fake }) => {
  const { result } = await deploys(fake, { app: app('v1') })
  assert.equal([result.outcome, result.from, fake.healthy('v1').length], ['live', undefined, 4])
})

test('the same again changes nothing', async ({ fake }) => {
  await deploys(fake, { app: app('v1') })
  const version = fake.current.version
  const { result } = await deploys(fake, { app: app('v1') })
  assert.equal([result.outcome, result.exitCode, fake.current.version], ['unchanged', 0, version])
})

test('where the file names no instances there are as many as before', async ({ fake }) => {
  started(fake, app('v1', 'good', { instances: 6 }))
  await deploys(fake, { app: app('v2', 'good', { instances: undefined }) })
  assert.is(fake.healthy('v2').length, 6)
})

test('back to an older version, by its name or its timestamp', async ({ fake }) => {
  started(fake, app('v1'))
  const first = fake.current.version
  await deploys(fake, { app: app('v2') })
  await scales(fake, 6)
  const { result } = await deploys(fake, { id: '/web', to: 'v1' })
  assert.equal([result.outcome, result.from, result.to, fake.healthy('v1').length], ['live', 'v2', 'v1', 6])
  await deploys(fake, { id: '/web', to: 'v2' })
  await deploys(fake, { id: '/web', to: first })
  assert.is(fake.healthy('v1').length, 6)
})

test('a version that there is not', async ({ fake }) => {
  started(fake, app('v1'))
  await deploys(fake, { app: app('v2') })
  const { result } = await deploys(fake, { id: '/web', to: 'v7' })
  assert.equal([result.outcome, result.reason], ['refused', 'Marathon has no version v7 of /web; it keeps v1'])
})

test('the version that it is already', async ({ fake }) => {
  started(fake, app('v1'))
  assert.is((await deploys(fake, { id: '/web', to: 'v1' })).result.outcome, 'unchanged')
})

test('up and down: no other task is touched', async ({ fake }) => {
  started(fake, app('v1'))
  const before = fake.instances.map(({ uuid }) => uuid)
  const up = await scales(fake, 6)
  assert.equal([up.result.outcome, fake.healthy().length, fake.log.killed.length], ['live', 6, 0])
  const down = await scales(fake, 4)
  assert.equal([down.result.outcome, fake.healthy().length], ['live', 4])
  assert.equal(fake.instances.map(({ uuid }) => uuid).sort(), before.sort())
  assert.is((await scales(fake, 4)).result.outcome, 'unchanged')
  assert.equal([(await scales(fake, 0)).result.outcome, fake.instances.length], ['live', 0])
})

const agents = (cpus: number): LiveCluster['agents'] => {
  const one = (host: string) => ({ host, attributes: {}, free: { cpus, mem: 4096, disk: 4096 } })
  return async () => ['10.0.0.21', '10.0.0.22'].map(one)
}
test('more than there is room for', async ({ fake }) => {
  started(fake, app('v1', 'good', { cpus: 0.5 }))
  const { result } = await scales(fake, 10, {}, { agents: agents(1) })
  assert.equal([result.outcome, writes(fake)], ['refused', []])
  assert.match(
    result.reason ?? '',
    /^2 slaves have room for 4 more tasks \(cpus 0\.5, mem 128 each\), not for 6: .*at most 8/,
  )
  assert.is((await scales(fake, 8, {}, { agents: agents(1) })).result.outcome, 'live')
})

test('a scaling that is stuck is not taken back: that would stop tasks that run', async ({ fake }) => {
  started(fake, app('v1'))
  fake.full = true
  const { result } = await scales(fake, 6, { deadline: 20 })
  assert.equal([result.outcome, result.back, fake.least], ['failed', undefined, 4])
  assert.match(
    result.reason ?? '',
    /^only 4 of 6 tasks of v1 are healthy.*Marathon goes on trying: a lower number would stop tasks that run/,
  )
})

test('an app that there is not', async ({ fake }) => {
  assert.is((await scales(fake, 4)).result.reason, 'there is no app /web')
})

test.run()
