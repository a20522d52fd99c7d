import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { inTurns } from '../../../src/engine/about.ts'
import { makeCluster } from '../../../src/inventory/make-cluster.ts'
import type { Cluster } from '../../../src/model/recipe.ts'
import { TransportError } from '../../../src/transport/transport.ts'
import type { FakeHost } from '../../support/fake-host.ts'
import { clusterOf, host, note, recipe, role } from '../../support/toys.ts'
import { PATIENCE } from '../../support/until.ts'
import { all, type Ctx, fleet, front, onFleet, outcomes } from './ground.ts'

const test = suite<Ctx>('turns: what holds them up')
onFleet(test)

test('balancers let go of a member before it is taken out, and get it back when it is green', async (ctx) => {
  await ctx.run.apply(clusterOf(['a'], fleet(ctx, '1')))
  const facing = fleet(ctx, '2', { facesClients: true })
  assert.equal(outcomes(await ctx.run.apply(clusterOf(['a'], facing), { front: front(ctx) })), ['changed'])
  assert.is(ctx.log(), 'leave a, out a, in a with 2, join a')
  const inner = fleet(ctx, '3')
  await ctx.run.apply(clusterOf(['a'], inner), { front: front(ctx) })
  assert.not.match(ctx.log(), /leave/)
})

test('balancers let go of a host that is interrupted whole, whatever clients come through there', async (ctx) => {
  const web = recipe('web', () => [], {})
  const config = note('config', { text: '2' })
  const whole = { ...config, type: { ...config.type, interruptsHost: true as const } }
  const cluster = clusterOf(['a', 'b'], web)
  const done = await ctx.run.apply(cluster, { front: front(ctx), about: inTurns([whole])(cluster) })
  assert.equal(outcomes(done), ['changed', 'changed'])
  assert.is(ctx.log(), 'leave a, join a, leave b, join b')
})

test('what its balancers do not let go of is not changed', async (ctx) => {
  await ctx.run.apply(clusterOf(['a', 'b'], fleet(ctx, '1')))
  const facing = clusterOf(['a', 'b'], fleet(ctx, '2', { facesClients: true }))
  const done = await ctx.run.apply(facing, { front: front(ctx, () => 'the group is gone') })
  assert.equal(outcomes(done), ['blocked', 'blocked'])
  assert.match(done.host('a').reason ?? '', /^the group is gone\. It is back in service, and nothing was changed/)
  assert.is((ctx.hosts.a as FakeHost).read('d.read'), '1')
})

/** That cluster of `a`, a target of a balancer according to the ledger. */
const behind = (cluster: Cluster): Cluster =>
  makeCluster(
    cluster.hosts.map((each) => ({ ...each, attached: ['slaves'] })),
    cluster.roles,
  )

test('a target of a balancer is not interrupted by a program that cannot drain it; other changes are made', async (ctx) => {
  await ctx.run.apply(clusterOf(['a'], fleet(ctx, '1')))
  ctx.log()
  const facing = behind(clusterOf(['a'], fleet(ctx, '2', { facesClients: true })))
  const blocked = await ctx.run.apply(facing)
  assert.equal(outcomes(blocked), ['blocked'])
  assert.match(
    blocked.host('a').reason ?? '',
    /^it is a target of load balancers, .*: run provision, or pass "front" to apply\. It is back in service, and nothing/,
  )
  assert.is((ctx.hosts.a as FakeHost).read('d.read'), '1')
  assert.equal(outcomes(await ctx.run.apply(facing, { front: front(ctx) })), ['changed'])
  assert.is(ctx.log(), 'leave a, out a, in a with 2, join a')
  assert.equal(outcomes(await ctx.run.apply(behind(clusterOf(['a'], fleet(ctx, '3'))))), ['changed'])
})

test('a deployment holds a turn up until it ends', async (ctx) => {
  await ctx.run.apply(clusterOf(all, fleet(ctx, '1')))
  let asked = 0
  const held = fleet(ctx, '2', {
    holds: async () => (++asked > 2 ? undefined : 'the deployment of /rails-app'),
    deadline: PATIENCE,
  })
  const done = await ctx.run.apply(clusterOf(all, held))
  assert.equal(outcomes(done), ['changed', 'changed', 'changed'])
  assert.ok(done.of('waiting').some((e) => e.host === 'a' && e.for === 'the deployment of /rails-app to end'))
})

test('… also where one look takes longer than a turn is waited for: the last one begins after the time is up', async (ctx) => {
  await ctx.run.apply(clusterOf(all, fleet(ctx, '1')))
  const { uptime } = process
  let [asked, looked] = [0, 0]
  const holds = async (): Promise<string | undefined> => {
    looked += 10 * PATIENCE
    return ++asked > 1 ? undefined : 'the deployment of /rails-app'
  }
  process.uptime = () => uptime.call(process) + looked // the clock of a run
  try {
    const done = await ctx.run.apply(clusterOf(all, fleet(ctx, '2', { holds, deadline: PATIENCE })))
    assert.equal(outcomes(done), ['changed', 'changed', 'changed'])
  } finally {
    process.uptime = uptime
  }
})

test('one that does not end blocks, and says what; with --wait it is waited for', async (ctx) => {
  await ctx.run.apply(clusterOf(all, fleet(ctx, '1')))
  const hold = { holds: async () => 'the deployment of /rails-app', deadline: 1 }
  const done = await ctx.run.apply(clusterOf(all, fleet(ctx, '2', hold)))
  assert.equal(outcomes(done), ['blocked', 'blocked', 'blocked'])
  assert.is(
    done.host('a').reason,
    'the deployment of /rails-app is under way, and an interruption would break it. Let it end, or use --wait. Nothing was changed on this host.',
  )
  assert.is(ctx.log(), '')
  const began = performance.now()
  const later = {
    ...hold,
    holds: async () => (performance.now() - began > 2500 ? undefined : 'the deployment of /rails-app'),
  }
  assert.equal(outcomes(await ctx.run.apply(clusterOf(all, fleet(ctx, '2', later)), { wait: true })), [
    'changed',
    'changed',
    'changed',
  ])
})

test('of a fleet that bears two away, one that is out of reach holds nobody up; two do', async (ctx) => {
  await ctx.run.apply(clusterOf(all, fleet(ctx, '1')))
  const bears = { unavailable: () => 2 }
  const cluster = clusterOf(all, fleet(ctx, '2', bears))
  const away = new TransportError('timeout', '10.0.0.3:22 did not answer in 10 s')
  ;(ctx.hosts.c as FakeHost).refuse = away
  assert.equal(outcomes(await ctx.run.apply(cluster)), ['changed', 'changed', 'unreachable'])
  ctx.log()
  ;(ctx.hosts.b as FakeHost).refuse = away
  const done = await ctx.run.apply(clusterOf(all, fleet(ctx, '3', bears)), { hosts: cluster.hosts.slice(0, 1) })
  assert.equal(outcomes(done), ['blocked'])
  assert.is(ctx.log(), '')
})

/** Slaves that wait for masters. */
const layered = (ctx: Ctx) => {
  const slave = recipe('slave', () => [note('s', { text: '1' })], {
    rolling: { services: [], deadline: 1, unavailable: () => 1 },
    health: async () => ({ green: false, says: 'no master answers', waitsFor: 'master' }),
  })
  const master = recipe('master', () => [note('m', { text: '1' })])
  void ctx
  return makeCluster(
    [host('a', ['master']), host('b', ['slave']), host('c', ['slave'])],
    new Map([
      ['master', role('master', [master])],
      ['slave', role('slave', [slave], ['master'])],
    ]),
  )
}

test('a host whose component waits for hosts that are not in the run is done, and says so', async (ctx) => {
  const cluster = layered(ctx)
  const done = await ctx.run.apply(cluster, { hosts: cluster.hosts.slice(1) })
  assert.equal(outcomes(done), ['changed', 'changed'])
  assert.is(done.host('b').reason, 'no master answers')
})

test('… also where its hosts are rolled', async (ctx) => {
  const waiting = (text: string) =>
    makeCluster(
      [host('a', ['master']), host('b', ['slave']), host('c', ['slave'])],
      new Map([
        ['master', role('master', [recipe('master', () => [note('m', { text: '1' })])])],
        [
          'slave',
          role(
            'slave',
            [
              {
                ...fleet(ctx, text, { deadline: 1 }),
                health: async () => ({ green: false, says: 'no master answers', waitsFor: 'master' }),
              },
            ],
            ['master'],
          ),
        ],
      ]),
    )
  const some = { hosts: waiting('1').hosts.slice(1) }
  await ctx.run.apply(waiting('1'), some)
  const done = await ctx.run.apply(waiting('2'), some)
  assert.equal(outcomes(done), ['changed', 'changed'])
  assert.is(ctx.log(), 'out b, in b with 2, out c, in c with 2')
})

test('where they are part of the run it must be well', async (ctx) => {
  const done = await ctx.run.apply(layered(ctx))
  assert.equal(outcomes(done), ['changed', 'failed', 'failed'])
  assert.is(done.host('b').reason, 'applied, but unhealthy after 1 s: no master answers')
})

test.run()
