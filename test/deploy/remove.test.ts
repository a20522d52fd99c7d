// Removing an app: what is refused, what is sent, and what is waited for. A small Marathon with its own time; Consul and
// the HAProxies forget the app when this test says so.
import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { NONE_IS_MISSED } from '../../src/balancing/chain.ts'
import { marathon } from '../../src/clients/marathon.ts'
import type { RemoveOptions } from '../../src/deploy/deploy.ts'
import type { DeployEvent, DeployResult } from '../../src/deploy/events.ts'
import type { LiveCluster } from '../../src/deploy/live-cluster.ts'
import { references } from '../../src/deploy/remove/references.ts'
import { removing } from '../../src/deploy/remove/removing.ts'
import { runProcedure } from '../../src/deploy/run-procedure.ts'
import { FakeMarathon } from '../support/fake-marathon.ts'
import { liveCluster, slaveName } from '../support/live-cluster.ts'

const WEB = {
  id: '/web',
  instances: 4,
  env: { VERSION: 'v1' },
  container: { docker: { image: 'web:v1' }, portMappings: [{ containerPort: 3000, hostPort: 0 }] },
  labels: { 'lb.enable': 'true', 'lb.host': 'www.example.com' },
  healthChecks: [{ protocol: 'MESOS_HTTP' }],
  taskKillGracePeriodSeconds: 40,
}
const other = (id: string, more: object = {}): object => ({
  id,
  instances: 1,
  version: '2026-11-22T10:00:00.000Z',
  labels: { 'lb.enable': 'true', 'lb.host': `${id.slice(1)}.example.com` },
  container: { portMappings: [{ containerPort: 1, hostPort: 0 }] },
  tasks: [],
  ...more,
})

interface Ctx {
  fake: FakeMarathon
  /** Milliseconds after the end of the tasks until Consul and the HAProxies know. */
  lag: number
  /** The HAProxies that never hear of it. */
  deaf: Set<string>
}
const test = suite<Ctx>('remove')
test.before.each(async (ctx) => {
  ctx.fake = new FakeMarathon()
  ctx.fake.others = [other('/shop')]
  ctx.lag = 3000
  ctx.deaf = new Set()
  await ctx.fake.listen()
})
test.after.each(({ fake }) => fake.close())

function clusterOf({ fake, lag, deaf }: Ctx, more: Partial<LiveCluster>): LiveCluster {
  let empty = 0
  const isGone = (): boolean => {
    if (fake.instances.length > 0) return false
    empty ||= fake.now
    return fake.now - empty >= lag
  }
  const balancer = (host: string) => ({
    host,
    hostnames: [],
    connect: async () => 'held' as const,
    get: async () => 200,
    stats: async () => [
      { name: 'be_shop', servers: [] },
      ...(isGone() && !deaf.has(host) ? [] : [{ name: 'be_web', servers: [] }]),
    ],
  })
  return liveCluster({
    marathon: marathon({ hosts: [{ name: 'm1', dial: fake.dial }] }),
    balancers: [balancer('slave-1'), balancer('slave-2')],
    registered: async (service) => (service === 'web' && !isGone() ? 4 : 0),
    name: slaveName,
    sleep: async (ms) => fake.tick(ms),
    now: () => fake.now,
    ...more,
  })
}

interface Ran {
  readonly result: DeployResult
  readonly events: readonly DeployEvent[]
}
async function removes(
  ctx: Ctx,
  { check = false, ...options }: Omit<RemoveOptions, 'transport'> = {},
  more: Partial<LiveCluster> = {},
): Promise<Ran> {
  const procedure: Parameters<typeof runProcedure>[2] = (run, named) => removing(run, '/web', check, named)
  const run = runProcedure(clusterOf(ctx, more), '/web', procedure, options)
  const events: DeployEvent[] = []
  for await (const event of run) events.push(event)
  return { result: await run.result, events }
}
const of = <Name extends DeployEvent['event']>(events: readonly DeployEvent[], name: Name) =>
  events.filter((event): event is Extract<DeployEvent, { event: Name }> => event.event === name)

test('tasks, registrations and backends go, and are waited for', async (ctx) => {
  ctx.fake.running(WEB)
  const { result, events } = await removes(ctx)
  assert.equal([result.outcome, result.exitCode, result.instances, result.from], ['removed', 0, 4, 'v1'])
  assert.equal(ctx.fake.log.requests, ['DELETE /v2/apps/web?force=false'])
  assert.is(ctx.fake.instances.length, 0)
  assert.equal(
    of(events, 'removal').map(({ at: _, ...event }) => event),
    [
      {
        event: 'removal',
        tasks: [
          { host: 'slave-1', count: 2 },
          { host: 'slave-2', count: 2 },
        ],
        service: 'web',
        registered: 4,
        balancers: ['slave-1', 'slave-2'],
        route: 'www.example.com/',
      },
    ],
  )
  const left = of(events, 'leaving').map(({ tasks, registered, balancers }) => [tasks, registered, balancers].join(' '))
  assert.equal([...new Set(left)], ['4 4 2', '0 4 2', '0 0 0'])
})

test('a second time there is nothing', async (ctx) => {
  ctx.fake.running(WEB)
  await removes(ctx)
  const { result } = await removes(ctx)
  assert.equal([result.outcome, result.exitCode], ['absent', 0])
  assert.is(ctx.fake.log.requests.length, 1)
})

test('a second time, while its tasks still end, for which nobody asks Marathon any more: they are waited for', async (ctx) => {
  ctx.fake.running({ ...WEB, labels: {} })
  await marathon({ hosts: [{ name: 'm1', dial: ctx.fake.dial }] }).remove('/web')
  assert.is(ctx.fake.instances.length, 4)
  const { result, events } = await removes(ctx)
  assert.equal([result.outcome, result.exitCode, ctx.fake.instances.length], ['absent', 0, 0])
  assert.equal(
    of(events, 'waiting').map((event) => event.for),
    ['the tasks of /web to end'],
  )
  assert.is(ctx.fake.log.requests.filter((each) => each.startsWith('DELETE')).length, 1)
})

test('a group is no app: its apps are named', async (ctx) => {
  ctx.fake.others = [other('/web/b'), other('/web/a/c'), other('/webshop')]
  const { result } = await removes(ctx)
  assert.equal([result.outcome, result.exitCode, ctx.fake.log.requests], ['refused', 1, []])
  assert.is(result.reason, '/web is a group of 2 apps, and remove takes one app at a time: /web/a/c, /web/b')
})

test('an app over TCP: its port goes with it', async (ctx) => {
  ctx.fake.running({ ...WEB, labels: { 'lb.enable': 'true', 'lb.tcp': '5432' } })
  const { result, events } = await removes(ctx, {}, fronts({ tcpPorts: [5432] }))
  assert.equal([result.outcome, of(events, 'removal')[0]?.route], ['removed', 'port 5432'])
})

test("an app that clashes with another one goes, and its service is not waited for to be nobody's", async (ctx) => {
  ctx.fake.others = [
    other('/prod', { labels: { 'lb.enable': 'true', 'lb.name': 'web', 'lb.host': 'www.example.com' } }),
  ]
  ctx.fake.running(WEB)
  ctx.lag = Number.POSITIVE_INFINITY
  const { result } = await removes(ctx)
  assert.equal([result.outcome, result.exitCode, result.reason], ['removed', 0, undefined])
})

test('what only is looked at stays', async (ctx) => {
  ctx.fake.running(WEB)
  const { result, events } = await removes(ctx, { check: true })
  assert.equal([result.outcome, result.exitCode, ctx.fake.log.requests], ['present', 2, []])
  assert.is(of(events, 'removal').length, 1)
  assert.is(ctx.fake.healthy().length, 4)
})

test('the last app behind the HAProxies: a word about it', async (ctx) => {
  ctx.fake.others = []
  ctx.fake.running(WEB)
  const { result, events } = await removes(ctx)
  assert.is(result.outcome, 'removed')
  assert.match(of(events, 'finding')[0]?.message ?? '', /^is the last app behind the HAProxies/)
})

const fronts = (more: object) => ({
  fronts: [{ host: 'slave-1', defaultBackend: undefined, critical: [], tcpPorts: [], ...more }],
})
const refused: readonly (readonly [
  what: string,
  others: readonly object[],
  more: Partial<LiveCluster>,
  says: RegExp,
])[] = [
  ['an app depends on it', [other('/api', { dependencies: ['/web'] })], {}, /^\/api depends on it \(dependencies\)/],
  ['… by a path from its own id', [other('/a/api', { dependencies: ['../../web'] })], {}, /^\/a\/api depends on it/],
  ['it is the default', [], fronts({ defaultBackend: 'web' }), /^vars\.haproxy\.defaultBackend of slave-1 names web/],
  ['it is critical', [], fronts({ critical: ['shop', 'web'] }), /^vars\.haproxy\.critical of slave-1 names web/],
]
for (const [what, others, more, says] of refused) {
  test(`refused: ${what}`, async (ctx) => {
    ctx.fake.others = others
    ctx.fake.running(WEB)
    for (const check of [true, false]) {
      const { result } = await removes(ctx, { check }, more)
      assert.equal([result.outcome, result.exitCode, ctx.fake.log.requests], ['refused', 1, []])
      assert.match(result.reason ?? '', says)
    }
    assert.is((await removes(ctx, { allow: ['in-use'] }, more)).result.outcome, 'removed')
  })
}

for (const [what, dependency, others, count] of [
  ['its group, of which it is the last app', '/shop', [], 1],
  ['its group, by a path', '../shop', [], 1],
  ['its group, which has others', '/shop', [{ id: '/shop/db' }], 0],
  ['another group', '/sho', [], 0],
] as const)
  test(`an app depends on ${what}`, () => {
    const front = { id: '/a/front', dependencies: [dependency.replace('..', '../..')] }
    assert.is(references('/shop/web', undefined, [front, ...others], []).length, count)
  })

test('who only looks like it is no reason', async (ctx) => {
  ctx.fake.others = [other('/webshop', { dependencies: ['/web2', '/a/web'] })]
  ctx.fake.running(WEB)
  assert.is(
    (await removes(ctx, {}, fronts({ defaultBackend: 'webshop', critical: ['web-2'] }))).result.outcome,
    'removed',
  )
})

test('another deployment is not disturbed, unless that is allowed', async (ctx) => {
  ctx.fake.running(WEB)
  await marathon({ hosts: [{ name: 'm1', dial: ctx.fake.dial }] })
    .changes(NONE_IS_MISSED)
    .put('/web', { ...WEB, env: { VERSION: 'v2' } })
  const { result } = await removes(ctx)
  assert.is(result.outcome, 'refused')
  assert.match(
    result.reason ?? '',
    /is under way\. .* remove it all the same: provision remove \/web --allow running-deployment$/,
  )
  assert.is((await removes(ctx, { allow: ['running-deployment'] })).result.outcome, 'removed')
  assert.is(ctx.fake.log.requests.at(-1), 'DELETE /v2/apps/web?force=true')
})

test('a HAProxy that still has it is named', async (ctx) => {
  ctx.fake.running(WEB)
  ctx.deaf.add('slave-2')
  const { result } = await removes(ctx)
  assert.equal([result.outcome, result.exitCode], ['unserved', 1])
  assert.match(result.reason ?? '', /are gone, but\nslave-2: its HAProxy still has be_web\nSee provision status\.$/)
  const again = await removes(ctx)
  assert.match(again.result.reason ?? '', /^there is no app \/web, but\nslave-2: its HAProxy still has be_web$/)
  ctx.deaf.clear()
  assert.is((await removes(ctx)).result.outcome, 'absent')
})

test('a name that another app has is not looked for', async (ctx) => {
  ctx.fake.others = [other('/prod', { labels: { 'lb.enable': 'true', 'lb.name': 'web' } })]
  ctx.lag = Number.POSITIVE_INFINITY
  assert.is((await removes(ctx)).result.outcome, 'absent')
})

test('an answer that is lost is not sent again', async (ctx) => {
  ctx.fake.running(WEB)
  let drops = 1
  ctx.fake.before = (asked) => (asked.startsWith('DELETE') && drops-- > 0 ? 'drop' : undefined)
  const { result } = await removes(ctx)
  assert.equal([result.outcome, ctx.fake.log.requests.length], ['removed', 1])
})

test('somebody else begins to change it in the same instant', async (ctx) => {
  ctx.fake.running(WEB)
  ctx.fake.before = (asked) =>
    asked.startsWith('DELETE') ? { status: 409, body: '{"message":"App is locked"}' } : undefined
  const { result } = await removes(ctx)
  assert.is(result.outcome, 'refused')
  assert.match(result.reason ?? '', /^another deployment of \/web began at the same moment: .*App is locked/)
})

test('somebody else removes it in the same instant: its tasks are waited for', async (ctx) => {
  ctx.fake.running(WEB)
  let first = true
  ctx.fake.before = (asked) => {
    if (!first || !asked.startsWith('DELETE')) return undefined
    first = false
    void marathon({ hosts: [{ name: 'm1', dial: ctx.fake.dial }] }).remove('/web')
    return { status: 404, body: '{"message":"App \'/web\' does not exist"}' }
  }
  const { result } = await removes(ctx)
  assert.equal([result.outcome, ctx.fake.instances.length], ['removed', 0], result.reason)
})

test('an app that nobody balances has nothing in Consul', async (ctx) => {
  ctx.fake.running({ ...WEB, labels: {} })
  ctx.lag = Number.POSITIVE_INFINITY
  const { result, events } = await removes(ctx)
  assert.is(result.outcome, 'removed')
  assert.equal(of(events, 'removal')[0]?.balancers, [])
})

test('tasks that do not end are not waited for without end', async (ctx) => {
  ctx.fake.running(WEB)
  const sleep = async (ms: number): Promise<void> => {
    ctx.fake.now += ms // and nothing happens meanwhile
  }
  const { result } = await removes(ctx, { deadline: 10 }, { sleep })
  assert.equal([result.outcome, result.exitCode], ['failed', 1])
  assert.match(
    result.reason ?? '',
    /^Marathon has not ended its tasks in 50 s \(StopApplication \/web\)\. Run the command/,
  )
})

test.run()
