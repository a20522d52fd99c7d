import { mkdirSync, writeFileSync } from 'node:fs'
import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { clusterOf } from '../../support/toys.ts'
import { all, type Ctx, companion, onQuorum, outcomes, pairOf, quorum } from './ground.ts'

const test = suite<Ctx>('quorums: one member after the other')
onQuorum(test)

test('a cluster of which nothing runs waits for nobody', async (ctx) => {
  const done = await ctx.run.apply(clusterOf(all, quorum(ctx, '1')))
  assert.equal(outcomes(done), ['changed', 'changed', 'changed'])
  assert.equal(
    done.of('plan').flatMap((e) => e.plan.rolls),
    [],
  )
  assert.equal(done.of('gate').filter((e) => e.green).length, 3)
  assert.is(ctx.log().split(' ').length, 6)
})

test('a change goes through one member at a time, the one that leads last, asked again before each turn', async (ctx) => {
  await ctx.run.apply(clusterOf(all, quorum(ctx, '1')))
  ctx.log()
  const cluster = clusterOf(all, quorum(ctx, '2', { leads: (name) => name === 'a' }))
  const planned = await ctx.run.plan(cluster)
  assert.equal(planned.host('a').plan?.rolls, ['quorum'])
  const done = await ctx.run.apply(cluster)
  assert.equal(outcomes(done), ['changed', 'changed', 'changed'])
  assert.is(ctx.log(), '+b -b +c -c +a -a')
  // c leads until a has been restarted, then b does
  const moves = (name: string) => name === (ctx.a.read('d.read') === '3' ? 'b' : 'c')
  assert.equal(outcomes(await ctx.run.apply(clusterOf(all, quorum(ctx, '3', { leads: moves })))), [
    'changed',
    'changed',
    'changed',
  ])
  assert.is(ctx.log(), '+a -a +c -c +b -b')
  assert.equal(outcomes(await ctx.run.apply(clusterOf(all, quorum(ctx, '3')))), ['in-sync', 'in-sync', 'in-sync'])
  assert.is(ctx.log(), '')
})

test('a member that is not well and has a turn to take goes first', async (ctx) => {
  await ctx.run.apply(clusterOf(all, quorum(ctx, '1')))
  ctx.log()
  writeFileSync(ctx.c.path('sick'), '')
  await ctx.run.apply(clusterOf(all, quorum(ctx, '2', { leads: (name) => name === 'c' })))
  assert.is(ctx.log(), '+c -c +a -a +b -b')
})

test('one that does not come up stops the rest, which are untouched, config included', async (ctx) => {
  await ctx.run.apply(clusterOf(all, quorum(ctx, '1')))
  ctx.log()
  const done = await ctx.run.apply(clusterOf(all, quorum(ctx, 'bad')))
  assert.equal(outcomes(done), ['failed', 'blocked', 'blocked'])
  assert.is(done.host('a').reason, 'applied, but unhealthy after 2 s: is sick')
  assert.is(done.host('b').reason, 'a did not come up after its change. Nothing was changed on this host.')
  assert.equal([ctx.log(), ctx.b.read('config'), ctx.c.read('d.read')], ['+a -a', '1', '1'])
  // the way back: the broken one is mended first
  assert.equal(outcomes(await ctx.run.apply(clusterOf(all, quorum(ctx, '4')))), ['changed', 'changed', 'changed'])
  assert.is(ctx.log(), '+a -a +b -b +c -c')
})

test('a turn ends when what it drew along is well again, also on another host, and also where that falls seconds later', async (ctx) => {
  await ctx.run.apply(
    pairOf(
      quorum(ctx, '1'),
      companion(() => 0),
    ),
  )
  ctx.log()
  let [from, to] = [Number.POSITIVE_INFINITY, 0]
  const until = (name: string): number => {
    // c's falls 1.5 s after a has been restarted, for 2 s from the first look at it
    if (ctx.a.read('d.read') === '2') from = Math.min(from, performance.now() + 1500)
    if (name !== 'c' || performance.now() < from) return 0
    if (to === 0) to = performance.now() + 2000
    return to
  }
  const began: Record<string, number> = {}
  const seen = setInterval(() => {
    for (const name of all) if (ctx.hosts[name]?.read('d.read') === '2') began[name] ??= performance.now()
  }, 20)
  const done = await ctx.run.apply(pairOf(quorum(ctx, '2'), companion(until))).finally(() => clearInterval(seen))
  assert.equal(outcomes(done), ['changed', 'changed', 'changed'])
  assert.is(ctx.log(), '+a -a +b -b +c -c')
  assert.ok((began.b ?? 0) > to, `b's turn began ${Math.round(to - (began.b ?? 0))} ms too soon`)
  assert.ok(done.of('waiting').some((e) => e.host === 'a' && e.for === 'c companion to recover'))
})

test('what was well before a turn and does not come back stops the rest; what was not well is waited for by nobody', async (ctx) => {
  await ctx.run.apply(
    pairOf(
      quorum(ctx, '1'),
      companion(() => 0),
    ),
  )
  ctx.log()
  const broken = (name: string): number => (name === 'b' && ctx.a.read('d.read') === '2' ? Number.POSITIVE_INFINITY : 0)
  const done = await ctx.run.apply(pairOf(quorum(ctx, '2'), companion(broken, 1)))
  assert.equal(outcomes(done), ['failed', 'blocked', 'blocked'])
  const why = 'what was healthy before its turn is still unhealthy after 1 s: companion on b (looks for a leader)'
  assert.is(done.host('a').reason, `applied, but ${why}`)
  assert.is(
    done.host('c').reason,
    `a has had its turn, and ${why}. Run the same command again to continue. Nothing was changed on this host.`,
  )
  assert.is(ctx.log(), '+a -a')
  const again = await ctx.run.apply(pairOf(quorum(ctx, '2'), companion(broken, 1)))
  assert.equal(outcomes(again), ['in-sync', 'changed', 'changed'])
})

test('a step that fails stops the rest too', async (ctx) => {
  await ctx.run.apply(clusterOf(all, quorum(ctx, '1')))
  mkdirSync(ctx.a.path('config.new')) // nothing can be written there
  const done = await ctx.run.apply(clusterOf(all, quorum(ctx, '2')))
  assert.equal(outcomes(done), ['failed', 'blocked', 'blocked'])
  assert.is(ctx.b.read('config'), '1')
})

test('a stop in the middle: the member whose turn it is is finished, the others are untouched', async (ctx) => {
  await ctx.run.apply(clusterOf(all, quorum(ctx, '1')))
  ctx.log()
  const stop = new AbortController()
  const done = await ctx.run.apply(clusterOf(all, quorum(ctx, '2')), {
    signal: stop.signal,
    onEvent: (e) => void (e.event === 'step' && e.type === 'daemon' && stop.abort()),
  })
  assert.equal(outcomes(done), ['changed', 'blocked', 'blocked'])
  assert.equal([ctx.log(), ctx.b.read('config')], ['+a -a', '1'])
})

test('a quorum that has lost its majority is mended member after member', async (ctx) => {
  await ctx.run.apply(clusterOf(all, quorum(ctx, '1')))
  ctx.log()
  for (const h of [ctx.a, ctx.b, ctx.c]) writeFileSync(h.path('sick'), 'down')
  assert.equal(outcomes(await ctx.run.apply(clusterOf(all, quorum(ctx, '2')))), ['changed', 'changed', 'changed'])
  assert.is(ctx.log(), '+a -a +b -b +c -c')
})

test.run()
