// Members that cannot be reached or asked, other controllers.
import { rmSync, writeFileSync } from 'node:fs'
import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { TransportError } from '../../../src/transport/transport.ts'
import { clusterOf } from '../../support/toys.ts'
import { PATIENCE } from '../../support/until.ts'
import { all, type Ctx, onQuorum, outcomes, quorum } from './ground.ts'

const test = suite<Ctx>('quorums: what blocks a turn')
onQuorum(test)

test('a member that cannot be reached blocks every restart and says why, whether it is in the run or not', async (ctx) => {
  await ctx.run.apply(clusterOf(all, quorum(ctx, '1')))
  ctx.log()
  ctx.c.refuse = new TransportError('timeout', '10.0.0.3:22 did not answer in 10 s')
  const cluster = clusterOf(all, quorum(ctx, '2'))
  for (const [hosts, wanted] of [
    [cluster.hosts, ['blocked', 'blocked', 'unreachable']],
    [cluster.hosts.slice(0, 1), ['blocked']],
  ] as const) {
    const done = await ctx.run.apply(cluster, { hosts })
    assert.equal(outcomes(done), wanted)
    assert.match(
      done.host('a').reason ?? '',
      'c cannot be reached, and a quorum is restarted only while every member answers: 10.0.0.3:22 did not answer',
    )
  }
  assert.equal([ctx.log(), ctx.a.read('config'), ctx.b.read('config')], ['', '1', '1'])
})

test('a member outside the run that is not well blocks, after some patience', async (ctx) => {
  await ctx.run.apply(clusterOf(all, quorum(ctx, '1')))
  ctx.log()
  writeFileSync(ctx.c.path('sick'), '')
  const cluster = clusterOf(all, quorum(ctx, '2', { deadline: 1 }))
  const done = await ctx.run.apply(cluster, { hosts: cluster.hosts.slice(0, 2) })
  assert.equal(outcomes(done), ['blocked', 'blocked'])
  assert.is(
    done.host('b').reason,
    'c is unhealthy (is sick), and a quorum is restarted only while every other member is. Nothing was changed on this host.',
  )
  assert.equal([ctx.log(), ctx.a.read('config')], ['', '1'])
  // it gets well in time
  const patient = clusterOf(all, quorum(ctx, '2', { deadline: PATIENCE }))
  setTimeout(() => rmSync(ctx.c.path('sick')), 1000)
  assert.equal(outcomes(await ctx.run.apply(patient, { hosts: patient.hosts.slice(0, 2) })), ['changed', 'changed'])
  assert.is(ctx.log(), '+a -a +b -b')
})

test('two controllers on different members of one quorum: one gives up naming the other', async (ctx) => {
  await ctx.run.apply(clusterOf(all, quorum(ctx, '1')))
  ctx.log()
  const cluster = clusterOf(all, quorum(ctx, '2'))
  let second: ReturnType<typeof ctx.run.apply> | undefined
  // however long that takes on a busy machine, the first one works until the second one has ended
  writeFileSync(ctx.a.path('held'), '')
  const begin = () =>
    ctx.run.apply(cluster, { hosts: [cluster.host('b')], who: 'bob@desk' }).finally(() => rmSync(ctx.a.path('held')))
  const first = await ctx.run.apply(cluster, {
    hosts: [cluster.host('a')],
    onEvent: (e) => {
      if (e.event === 'step') second ??= begin()
    },
  })
  assert.is(first.host('a').outcome, 'changed')
  const gaveUp = (await second)?.host('b')
  assert.is(gaveUp?.outcome, 'blocked')
  assert.match(gaveUp?.reason ?? '', /another run works on a of the same quorum: alice@laptop since/)
  assert.is(ctx.log(), '+a -a')
  assert.is(
    (await ctx.run.apply(cluster, { hosts: [cluster.host('b')] })).host('b').outcome,
    'changed',
    'the locks are free again',
  )
})

test('a host that only under its lock turns out to interrupt its quorum takes its turn', async (ctx) => {
  await ctx.run.apply(clusterOf(all, quorum(ctx, '1')))
  ctx.log()
  for (const h of [ctx.a, ctx.b]) {
    rmSync(h.path('d.read'))
    // somebody starts it between the look and the lock
    h.fault = (script) =>
      void (
        script.includes('run.lock') &&
        h.read('d.read') === undefined &&
        writeFileSync(h.path('d.read'), '1')
      ) as undefined
  }
  const done = await ctx.run.apply(clusterOf(all, quorum(ctx, '2')))
  assert.equal(outcomes(done), ['changed', 'changed', 'changed'])
  assert.is(ctx.log(), '+a -a +b -b +c -c')
})

test('members that cannot be asked how they are may be serving: none is touched', async (ctx) => {
  await ctx.run.apply(clusterOf(all, quorum(ctx, '1')))
  ctx.log()
  for (const h of [ctx.a, ctx.b, ctx.c]) writeFileSync(h.path('sick'), '')
  assert.equal(outcomes(await ctx.run.apply(clusterOf(all, quorum(ctx, '2')))), ['blocked', 'blocked', 'blocked'])
  assert.is(ctx.log(), '')
})

test.run()
