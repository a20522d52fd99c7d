// An app takes the place of another one, which is removed once it is live.
import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import type { LiveCluster } from '../../../src/deploy/live-cluster.ts'
import { replacement } from '../../../src/deploy/replacement.ts'
import { serverOf } from '../../../src/deploy/rollout/serving.ts'
import { runProcedure } from '../../../src/deploy/run-procedure.ts'
import type { FakeMarathon } from '../../support/fake-marathon.ts'
import { all, app, balancers, type Ctx, clusterOf, fronts, onFakes, other, started, UP, writes } from './ground.ts'

const test = suite<Ctx>('deploy: in the place of another app')
onFakes(test)

const LABELS = { 'lb.enable': 'true', 'lb.host': 'www.example' }
const fresh = (version = 'v1', more: object = {}, does: 'good' | 'sick' = 'good') =>
  app(version, does, { labels: LABELS, ...more })
const task = (n: number) => ({
  id: `old.instance-0000000${n}-0000-11f1-8000-000000000000._app.1`,
  host: '10.0.0.21',
  slaveId: 'S0',
  state: 'TASK_RUNNING',
  version: 'v',
  ports: [31001],
  healthCheckResults: [{ alive: true }],
})
/** The old app, with three tasks. */
const old = (more: object = {}): object => ({
  ...other('/old', { 'lb.host': 'www.example' }),
  instances: 3,
  tasks: [1, 2, 3].map(task),
  ...more,
})
const replaces = (
  fake: FakeMarathon,
  wanted = fresh(),
  more: Partial<LiveCluster> = {},
  id = '/old',
  options: { signal?: AbortSignal } = {},
) =>
  all(
    runProcedure(
      clusterOf(fake, { fronts, balancers: balancers(fake, 500), ...more }),
      '/web',
      (run, named, note) => replacement(run, { app: wanted, replaces: id }, named, note),
      { deadline: 30, ...options },
    ),
  )

test('the old one goes once the new one is live, which has as many tasks', async ({ fake }) => {
  fake.others = [old(), other('/shop', { 'lb.host': 'shop.example' })]
  const { instances: _, ...file } = fresh().definition
  const { result, events } = await replaces(fake, { ...fresh(), definition: file })
  assert.equal([result.outcome, result.exitCode, result.instances], ['live', 0, 3], result.reason)
  assert.equal(writes(fake), ['PUT /v2/apps/web?partialUpdate=false', 'DELETE /v2/apps/old?force=false'])
  assert.is(events.find((event) => event.event === 'begin')?.replaces, '/old')
  assert.is(fake.healthy().length, 3)
})

test('again: the old one is gone, and it is said; a run that was stopped in between is completed', async ({ fake }) => {
  started(fake, fresh())
  const { result, events } = await replaces(fake)
  assert.equal([result.outcome, writes(fake)], ['unchanged', ['PUT /v2/apps/web?partialUpdate=false']])
  assert.match(events.flatMap((event) => (event.event === 'finding' ? event.path : [])).join(), /^\/old$/)
  fake.others = [old()]
  const again = await replaces(fake)
  assert.equal([again.result.outcome, writes(fake).at(-1)], ['live', 'DELETE /v2/apps/old?force=false'])
})

test('one service of both: tasks of the old one may stay until it is removed', async ({ fake }) => {
  const labels = { ...LABELS, 'lb.name': 'old' }
  fake.others = [old()]
  const both = balancers(fake, 500).map((each) => ({
    ...each,
    stats: async () => {
      const [own] = await each.stats()
      const left = fake.others.length === 0 ? [] : [1, 2, 3].map((n) => ({ name: serverOf(task(n).id, {}), ...UP }))
      return [{ name: 'be_old', servers: [...(own?.servers ?? []), ...left] }]
    },
  }))
  const { result, events } = await replaces(fake, fresh('v1', { labels }), {
    balancers: both,
    registered: async () => 4,
  })
  assert.equal([result.outcome, fake.others], ['live', []], result.reason)
  // what stays is not called removed
  const told = events.flatMap((event) => (event.event === 'removal' ? [[event.service, event.balancers]] : []))
  assert.equal(told, [[undefined, []]])
})

test('a version that fails leaves the old one as it is', async ({ fake }) => {
  fake.others = [old()]
  const { result } = await replaces(fake, fresh('v1', {}, 'sick'))
  assert.equal([result.outcome, result.exitCode, fake.others.length, fake.instances.length], ['failed', 1, 1, 0])
  assert.match(result.reason ?? '', /its tasks were stopped \(instances is 0 now\)\.\n\/old was left as it is\.$/)
  const { result: again } = await replaces(fake, { ...fresh(), definition: { ...fresh().definition } })
  assert.equal([again.outcome, fake.others], ['live', []], again.reason)
})

test('what would keep the old one is found before anything is sent', async ({ fake }) => {
  const rows: readonly [more: object[], wanted: ReturnType<typeof fresh>, id: string, says: RegExp][] = [
    [[{ ...other('/api', {}), dependencies: ['/old'], labels: {} }], fresh(), '/old', /^\/api depends on it/],
    [[], fresh(), '/web', /^\/web cannot take its own place/],
    [[], fresh('v1', { instances: 0 }), '/old', /^instances is 0: nothing would serve in the place of \/old$/],
    [[other('/team/a', {}), other('/team/b', {})], fresh(), '/team', /^\/team is a group of 2 apps/],
    [[], fresh('v1', { labels: {} }), '/old', /leaves out www\.example of \/old/],
  ]
  for (const [more, wanted, id, says] of rows) {
    fake.others = [old(), ...more]
    const { result } = await replaces(fake, wanted, {}, id)
    assert.equal([result.outcome, writes(fake)], ['refused', []])
    assert.match(result.reason ?? '', says)
  }
})

test.run()
