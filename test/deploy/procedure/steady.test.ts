// A version whose tasks are healthy and end again: healthy all at once for a moment is not live.
import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { app, type Ctx, deploys, onFakes, started } from './ground.ts'

const test = suite<Ctx>('deploy: a version that does not last')
onFakes(test)

/** One task at a time: the first ones end while the last ones start. */
const slowly = { upgradeStrategy: { minimumHealthCapacity: 1, maximumOverCapacity: 0.125 }, instances: 8 }

test('an app that ends every 20 s is rolled back, although all its tasks are healthy at times', async ({ fake }) => {
  started(fake, app('v1', 'good', slowly))
  const { result, events } = await deploys(fake, { app: app('v2', 'crashes', slowly) })
  assert.is(result.outcome, 'failed', result.reason)
  assert.match(result.reason ?? '', /^3 tasks of v2 ended: Container exited with status 1/)
  assert.equal([fake.healthy('v1').length, fake.instances.length], [8, 8])
  assert.ok(events.some((event) => event.event === 'task-failed'))
})

test('one task that ended once costs a minute, and the version is live', async ({ fake }) => {
  started(fake, app('v1'))
  const began = fake.now
  let ended = false
  const sleep = async (ms: number): Promise<void> => {
    fake.tick(ms)
    const [first] = fake.healthy('v2')
    if (ended || first === undefined) return
    ended = true
    Object.assign(first, { condition: 'Failed', healthy: undefined, since: fake.now })
  }
  const { result, events } = await deploys(fake, { app: app('v2') }, {}, { sleep })
  assert.is(result.outcome, 'live', result.reason)
  assert.ok(fake.now - began > 60_000, `${fake.now - began} ms`)
  const waits = events.flatMap((event) => (event.event === 'rolling' && event.waits ? [event.waits] : []))
  assert.equal(waits.at(-1), 'watched for 60 s, because tasks of it ended')
})

test('the minute is no time without progress', async ({ fake }) => {
  started(fake, app('v1'))
  let ended = false
  const sleep = async (ms: number): Promise<void> => {
    fake.tick(ms)
    const [first] = fake.healthy('v2')
    if (!ended && first) Object.assign(first, { condition: 'Failed', healthy: undefined, since: fake.now })
    ended ||= first !== undefined
  }
  const { result } = await deploys(fake, { app: app('v2') }, { deadline: 5 }, { sleep })
  assert.is(result.outcome, 'live', result.reason)
})

test('tasks that end without a failure while others are well: their check may be why', async ({ fake }) => {
  started(fake, app('v1'))
  let ended = 0
  const sleep = async (ms: number): Promise<void> => {
    fake.tick(ms)
    const [first, another] = fake.healthy('v2')
    if (first === undefined || another === undefined || ended === 3) return
    ended++
    Object.assign(first, { condition: 'Failed', healthy: undefined, since: fake.now })
  }
  const { result } = await deploys(fake, { app: app('v2') }, {}, { sleep })
  assert.match(
    result.reason ?? '',
    /^\d tasks of v2 ended: they did not fail, so perhaps they were killed for their health check, MESOS_HTTP /,
  )
})

test('a version of which no task ends is live at once', async ({ fake }) => {
  started(fake, app('v1'))
  const began = fake.now
  const { result } = await deploys(fake, { app: app('v2') })
  assert.is(result.outcome, 'live', result.reason)
  assert.ok(fake.now - began < 60_000, `${fake.now - began} ms`)
})

test.run()
