// The HAProxies in front of the app.
import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import type { Balancer, LiveCluster } from '../../../src/deploy/live-cluster.ts'
import { serverOf } from '../../../src/deploy/rollout/serving.ts'
import type { FakeMarathon } from '../../support/fake-marathon.ts'
import { app, balancers, type Ctx, DOWN, deploys, fronts, onFakes, other, started, UP } from './ground.ts'

const test = suite<Ctx>('deploy: HAProxies')
onFakes(test)

test('every HAProxy is asked, and waited for', async ({ fake }) => {
  started(fake, app('v1'))
  const two = balancers(fake, 3000)
  await Promise.all(two.map((each) => each.stats()))
  const { result, events } = await deploys(fake, { app: app('v2') }, {}, { balancers: two })
  assert.is(result.outcome, 'live')
  assert.ok((result.probes?.asked ?? 0) >= 10)
  assert.is(result.probes?.failed, 0)
  const serving = events.filter((event) => event.event === 'serving')
  assert.equal(serving.map((event) => event.event === 'serving' && [event.host, event.ok, event.says]).sort(), [
    ['slave-1', true, 'sends to 2 of 2 tasks on its slave'],
    ['slave-2', true, 'sends to 2 of 2 tasks on its slave'],
  ])
})

test('a HAProxy that does not follow is named', async ({ fake }) => {
  started(fake, app('v1'))
  const two = balancers(fake, 1e9)
  await Promise.all(two.map((each) => each.stats()))
  const { result } = await deploys(fake, { app: app('v2') }, {}, { balancers: two })
  assert.equal([result.outcome, result.exitCode], ['unserved', 1])
  assert.match(
    result.reason ?? '',
    /^v2 is live, but\nslave-1: its HAProxy does not know 2 of 2 tasks on its slave yet\nslave-2: /,
  )
})

test('a HAProxy that cannot be asked is named', async ({ fake }) => {
  started(fake, app('v1'))
  const mute = balancers(fake, 0).map((each) => ({
    ...each,
    stats: () => Promise.reject(new Error("HAProxy's statistics answered 401")),
  }))
  const { result } = await deploys(fake, { app: app('v2') }, {}, { balancers: mute })
  assert.match(result.reason ?? '', "\nslave-1: its HAProxy cannot be asked: HAProxy's statistics answered 401\n")
})

test('requests that fail meanwhile are counted', async ({ fake }) => {
  started(fake, app('v1'))
  let n = 0
  const two = balancers(fake, 0, () => (++n === 6 ? 503 : 200))
  const { result } = await deploys(fake, { app: app('v2') }, {}, { balancers: two })
  assert.equal([result.probes?.failed, result.probes?.first], [1, 'slave-2 answers 503 to GET /'])
})

test('an app over TCP is asked by a connection to its port, and taken back where it takes none', async ({ fake }) => {
  const pg = { labels: { 'lb.enable': 'true', 'lb.tcp': '5432' } }
  const known = { fronts: [{ host: 'slave-1', defaultBackend: undefined, critical: [], tcpPorts: [5432] }] }
  const asked = new Set<number>()
  const tcp = (bad?: string) =>
    balancers(fake, 0).map((each) => ({
      ...each,
      get: () => Promise.reject(new Error('it speaks no HTTP')),
      connect: async (port: number) => {
        asked.add(port)
        const old = fake.healthy().length > fake.healthy(bad ?? '').length
        return old || bad === undefined ? ('held' as const) : ('closed' as const)
      },
    }))
  started(fake, app('v1', 'good', pg))
  const live = await deploys(fake, { app: app('v2', 'good', pg) }, {}, { ...known, balancers: tcp() })
  assert.equal([live.result.outcome, live.result.probes?.failed, [...asked]], ['live', 0, [5432]])
  const back = await deploys(fake, { app: app('v3', 'good', pg) }, {}, { ...known, balancers: tcp('v3') })
  assert.equal([back.result.outcome, back.result.back?.done], ['failed', true])
  assert.match(back.result.reason ?? '', /slave-1: its HAProxy closes connections to port 5432 at once/)
  const refused = await deploys(fake, { app: app('v4', 'good', pg) }, {}, { fronts })
  assert.match(refused.result.reason ?? '', /^labels\["lb\.tcp"\] {2}5432 is not among .*\(--allow lb-tcp\)$/)
})

/** HAProxies whose checks tasks of a version fail: once only those are left, nobody answers. */
const checking = (fake: FakeMarathon, sick: string): readonly Balancer[] =>
  balancers(fake, 0).map((each) => ({
    ...each,
    stats: async () => {
      const server = (i: (typeof fake.instances)[number]) => ({
        name: serverOf(`web.instance-${i.uuid}._app.${i.start}`, i.of.definition as never),
        ...(i.of.definition.env?.VERSION === sick ? DOWN : UP),
      })
      return [{ name: 'be_web', servers: fake.healthy().map(server) }]
    },
    connect: async () => 'held' as const,
    get: async () => (fake.healthy().some((i) => i.of.definition.env?.VERSION !== sick) ? 200 : 503),
  }))
/** The least number of healthy tasks of a version while time goes by. */
function counting(
  fake: FakeMarathon,
  version: string,
): { readonly least: number; readonly sleep: LiveCluster['sleep'] } {
  const seen = { least: Number.POSITIVE_INFINITY }
  return Object.assign(seen, {
    sleep: async (ms: number) => {
      fake.tick(ms)
      seen.least = Math.min(seen.least, fake.healthy(version).length)
    },
  })
}

test('a version that HAProxy finds down is stopped while old tasks serve, and taken back', async ({ fake }) => {
  started(fake, app('v1'))
  const v1 = counting(fake, 'v1')
  const { result } = await deploys(fake, { app: app('v2') }, {}, { balancers: checking(fake, 'v2'), sleep: v1.sleep })
  assert.equal(
    [result.outcome, result.exitCode, result.back, result.probes?.failed],
    ['failed', 1, { done: true, healthy: 4, of: 4 }, 0],
  )
  assert.match(result.reason ?? '', /^HAProxy finds .* down that Marathon calls healthy.*\nv1 serves again/s)
  assert.ok(v1.least >= 1, `${v1.least}`)
  assert.equal([fake.healthy('v1').length, fake.instances.length], [4, 4])
})

test('a version whose check is good while its users get errors is taken back', async ({ fake }) => {
  started(fake, app('v1'))
  const door = ({ path }: { readonly path: string }) => (path === '/' && fake.healthy('v1').length === 0 ? 500 : 200)
  const { result } = await deploys(fake, { app: app('v2') }, {}, { balancers: balancers(fake, 0, door) })
  assert.equal([result.outcome, result.back], ['failed', { done: true, healthy: 4, of: 4 }], result.reason)
  // they may answer other requests, so they end one by one
  assert.is(fake.least, 4)
  assert.match(
    result.reason ?? '',
    /^v2 is healthy, but requests are no longer answered\nslave-1: its HAProxy answers 500 to GET \/\n/,
  )
})

test('a version that is back and gets no requests is not said to serve', async ({ fake }) => {
  started(fake, app('v1'))
  const isBack = () => fake.log.requests.some((request) => request.startsWith('POST'))
  const { result } = await deploys(
    fake,
    { app: app('v2', 'sick') },
    {},
    { balancers: balancers(fake, 0, () => (isBack() ? 503 : 200)) },
  )
  assert.is(result.outcome, 'failed')
  assert.match(result.reason ?? '', /\nv1 runs again \(4 of 4 healthy\), but slave-1 answers 503 to GET \/\.$/)
})

test('one that is live before HAProxy has found it down is taken back, too', async ({ fake }) => {
  started(fake, app('v1', 'good', { instances: 1 }))
  const { result } = await deploys(
    fake,
    { app: app('v2', 'good', { instances: 1 }) },
    {},
    { balancers: checking(fake, 'v2') },
  )
  assert.equal([result.outcome, result.back?.done, fake.healthy('v1').length], ['failed', true, 1])
})

test('where HAProxy finds the old ones down as well, its host is too busy for checks: nothing is concluded', async ({
  fake,
}) => {
  started(fake, app('v1'))
  const busy = checking(fake, 'v2').map((each) => ({
    ...each,
    stats: async () =>
      (await each.stats()).map((backend) => ({
        ...backend,
        servers: backend.servers.map((one) => ({ ...one, ...DOWN })),
      })),
    connect: async () => 'held' as const,
    get: async () => 200,
  }))
  const { result } = await deploys(fake, { app: app('v2') }, {}, { balancers: busy })
  assert.equal([result.outcome, fake.healthy('v2').length], ['unserved', 4])
})

const shop = (version = 'v') => ({
  ...other('/shop', { 'lb.host': 'shop.example' }),
  version,
  tasks: [{ id: 's', state: 'TASK_RUNNING' }],
})
/** HAProxies that stop to answer for another app once a version runs. */
const without = (fake: FakeMarathon, version: string): readonly Balancer[] =>
  balancers(fake, 0).map((each) => ({
    ...each,
    connect: async () => 'held' as const,
    get: async ({ host }) => (host === 'shop.example' && fake.healthy(version).length > 0 ? 503 : 200),
  }))

test('another app that is not served any more: it is taken back', async ({ fake }) => {
  started(fake, app('v1'))
  fake.others = [shop()]
  const { result } = await deploys(fake, { app: app('v2') }, {}, { balancers: without(fake, 'v2') })
  assert.equal([result.outcome, result.back?.done, fake.healthy('v1').length], ['failed', true, 4])
  assert.match(
    result.reason ?? '',
    /^with v2\n\/shop is no longer served by the HAProxy of slave-1, slave-2 \(GET \/, Host: shop\.example\)\.\nv1 serves again/,
  )
})

test('… unless somebody else is at it, or it was not served before', async ({ fake }) => {
  started(fake, app('v1'))
  fake.others = [shop()]
  const changed = without(fake, 'v2').map((each) => ({
    ...each,
    connect: async () => 'held' as const,
    get: async (entrance: Parameters<Balancer['get']>[0]) => {
      const status = await each.get(entrance)
      if (status === 503) fake.others = [shop('w')]
      return status
    },
  }))
  assert.is((await deploys(fake, { app: app('v2') }, {}, { balancers: changed })).result.outcome, 'live')
  const never = balancers(fake, 0).map((each) => ({
    ...each,
    connect: async () => 'held' as const,
    get: async ({ host }: { host: string }) => (host === 'shop.example' ? 503 : 200),
  }))
  assert.is((await deploys(fake, { app: app('v3') }, {}, { balancers: never })).result.outcome, 'live')
})

test.run()
