// Every way back, of which none may cost a healthy task.
import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import type { Does } from '../../support/fake-tasks-types.ts'
import { app, type Ctx, deploys, onFakes, started, writes } from './ground.ts'

const test = suite<Ctx>('deploy: a version that fails')
onFakes(test)

// A version that fails. `least`: healthy tasks at any time, of 4.
const strategy = (least: number, over: number): object => ({
  upgradeStrategy: { minimumHealthCapacity: least, maximumOverCapacity: over },
})
const http = { healthChecks: [{ protocol: 'HTTP', path: '/' }] }
const failing: readonly [what: string, does: Does, more: object, least: number, says: RegExp][] = [
  ['is sick', 'sick', {}, 4, /^v2 did not become healthy in 30 s\.\nv1 serves again \(4 of 4 healthy\)\.$/],
  ['is sick, by a check of Marathon', 'sick', http, 4, /^v2 did not become healthy/],
  ['exits', 'exits', {}, 4, /^\d+ tasks of v2 ended: Container exited with status 1\.\nv1 serves again/],
  ['exits, by a check of Marathon', 'exits', http, 4, /tasks of v2 ended/],
  ['is too big', 'big', {}, 4, /\(2 wait: 2 of 2 offers: too few cpus\)/],
  ['is too big, by a check of Marathon', 'big', http, 4, /too few cpus/],
  ['is sick by half', 'half', {}, 4, /^only \d of 4 tasks of v2 are healthy/],
  ['is sick by half, by a check of Marathon', 'half', http, 4, /^only \d of 4/],
  ['is sick, where half may be away', 'sick', strategy(0.5, 0), 2, /^v2 did not become healthy/],
  ['exits, where half may be away', 'exits', strategy(0.5, 0), 2, /tasks of v2 ended/],
  ['is sick by half, where half may be away', 'half', strategy(0.5, 0), 2, /^only \d of 4/],
]
for (const [what, does, more, least, says] of failing) {
  for (const countsWaiting of does === 'exits' ? [true, false] : [true]) {
    test(`a version that ${what}${countsWaiting ? '' : ' (waiting tasks not counted)'} is taken back`, async ({
      fake,
    }) => {
      fake.countsWaiting = countsWaiting
      started(fake, app('v1', 'good', more))
      const { result } = await deploys(fake, { app: app('v2', does, more) })
      assert.equal([result.outcome, result.exitCode, result.back], ['failed', 1, { done: true, healthy: 4, of: 4 }])
      assert.match(result.reason ?? '', says)
      assert.is(fake.healthy('v1').length, 4)
      assert.equal([fake.current.definition.instances, fake.instances.length], [4, 4])
      assert.ok(fake.least >= least, `${fake.least} healthy`)
    })
  }
}

test('the failed version is the only one whose tasks are ended before the old one comes in again', async ({ fake }) => {
  started(fake, app('v1'))
  await deploys(fake, { app: app('v2', 'sick') })
  const [, raise, remove, back] = writes(fake)
  assert.is(raise, 'PUT /v2/apps/web?force=true {"instances":6}')
  assert.match(
    remove ?? '',
    /^POST \/v2\/tasks\/delete\?scale=true&force=true \{"ids":\["web\.instance-\S+_app\.1","web\.instance-\S+_app\.1"\]\}$/,
  )
  assert.is(back, 'PUT /v2/apps/web?partialUpdate=false')
})

test('a first version that fails is stopped', async ({ fake }) => {
  const { result } = await deploys(fake, { app: app('v1', 'exits') })
  assert.match(result.reason ?? '', /There was no version before: its tasks were stopped/)
  fake.tick(5000)
  assert.equal([fake.current.definition.instances, fake.instances.length, fake.plan], [0, 0, undefined])
})

test('it ends after so many failures, or so long', async ({ fake }) => {
  started(fake, app('v1'))
  const { result } = await deploys(fake, { app: app('v2', 'exits') }, { failures: 50, deadline: 20 })
  assert.match(result.reason ?? '', /^v2 did not become healthy in 20 s \(2 wait/)
})

test('last words of a task that failed', async ({ fake }) => {
  started(fake, app('v1'))
  const { result, events } = await deploys(
    fake,
    { app: app('v2', 'exits') },
    {},
    { lastWords: async () => ['PG::ConnectionBad'] },
  )
  assert.equal(result.words?.lines, ['PG::ConnectionBad'])
  const told = events.find((event) => event.event === 'task-failed')
  assert.ok(
    told?.event === 'task-failed' && /^slave-/.test(told.host) && told.says === 'Container exited with status 1',
  )
})

test.run()
