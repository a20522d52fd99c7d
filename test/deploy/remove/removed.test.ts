import * as assert from 'uvu/assert'
import { marathon } from '../../../src/clients/marathon.ts'
import type { LiveCluster } from '../../../src/deploy/live-cluster.ts'
import { fronts, of, other, removals, removes, WEB } from './ground.ts'

const test = removals('remove')

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

test('killed in the middle: the second time, Consul says what its tasks are called there', async (ctx) => {
  // Marathon has forgotten the app and its labels; /other's service is its own
  let asked = 0
  const more: Partial<LiveCluster> = {
    servicesOf: async (app) => (app === '/web' ? ['front', 'shop'] : []),
    registered: async (service) => (service === 'front' && asked++ < 3 ? 2 : 0),
  }
  const { result, events } = await removes(ctx, {}, more)
  assert.equal([result.outcome, asked > 3], ['absent', true])
  assert.equal(of(events, 'leaving')[0]?.registered, 2)
  asked = Number.NEGATIVE_INFINITY
  const { result: again } = await removes(ctx, {}, more)
  assert.match(again.reason ?? '', /^there is no app \/web, but\nConsul still has 2 registrations of front$/)
  const { result: silent } = await removes(ctx, {}, { servicesOf: () => Promise.reject(new Error('away')) })
  assert.is(silent.outcome, 'absent')
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
  assert.equal([...new Set(of(events, 'leaving').map(({ balancers }) => balancers))], [0])
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
