import { existsSync, rmSync, writeFileSync } from 'node:fs'
import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import type { Turn } from '../../../src/model/recipe.ts'
import { sh } from '../../../src/shell/script.ts'
import type { FakeHost } from '../../support/fake-host.ts'
import { runner } from '../../support/runs-of.ts'
import { clusterOf, note } from '../../support/toys.ts'
import { all, type Ctx, ended, fleet, MARK, onFleet, outcomes } from './ground.ts'

const test = suite<Ctx>('turns: out of service and back')
onFleet(test)

test('what does not run yet is not taken out of service', async (ctx) => {
  assert.equal(outcomes(await ctx.run.apply(clusterOf(all, fleet(ctx, '1')))), ['changed', 'changed', 'changed'])
  assert.is(ctx.log(), '')
  await ended(ctx, '1')
})

test('each member is taken out, changed, brought back, and only then the next', async (ctx) => {
  await ctx.run.apply(clusterOf(all, fleet(ctx, '1')))
  const done = await ctx.run.apply(clusterOf(all, fleet(ctx, '2')))
  assert.equal(outcomes(done), ['changed', 'changed', 'changed'])
  assert.is(ctx.log(), 'out a, in a with 2, out b, in b with 2, out c, in c with 2')
  await ended(ctx, '2')
})

test('the plan says nothing of it, and a plan that was kept is held to', async (ctx) => {
  await ctx.run.apply(clusterOf(all, fleet(ctx, '1')))
  const cluster = clusterOf(all, fleet(ctx, '2'))
  const planned = await ctx.run.plan(cluster)
  assert.equal(
    planned.host('a').plan?.steps.map((s) => s.resource),
    ['note config', 'daemon d'],
  )
  const done = await ctx.run.apply(cluster, { planFile: planned.result.planFile as never })
  assert.equal(outcomes(done), ['changed', 'changed', 'changed'])
  assert.equal(
    done.of('plan').map((e) => e.plan.steps.length),
    [2, 2, 2],
  )
})

test('one that does not come up stays out of service, stops the rest, and is brought back by the next run', async (ctx) => {
  await ctx.run.apply(clusterOf(all, fleet(ctx, '1')))
  writeFileSync((ctx.hosts.a as FakeHost).path('broken'), '')
  const done = await ctx.run.apply(clusterOf(all, fleet(ctx, '2')))
  assert.equal(outcomes(done), ['failed', 'blocked', 'blocked'])
  assert.equal(done.host('a').owed, ['d', 'fleet'])
  assert.is(ctx.log(), 'out a')
  assert.equal([(ctx.hosts.b as FakeHost).read('config'), (ctx.hosts.a as FakeHost).read('out')], ['1', ''])
  rmSync((ctx.hosts.a as FakeHost).path('broken'))
  assert.equal(outcomes(await ctx.run.apply(clusterOf(all, fleet(ctx, '2')))), ['changed', 'changed', 'changed'])
  assert.is(ctx.log(), 'in a with 2, out b, in b with 2, out c, in c with 2')
  await ended(ctx, '2')
})

test('one whose step fails, and that serves as before, is back in service when its turn ends; the rest are untouched', async (ctx) => {
  const cases: readonly [
    about: string,
    more: { stuck?: true; runs: boolean },
    log: string,
    reason: RegExp,
    owed: string[],
  ][] = [
    [
      'a step before its daemon',
      { runs: true },
      'out a, in a with 1',
      /failed: exit 7\. It is back in service, as it was before\.$/,
      ['d'],
    ],
    ['it is not well', { runs: false }, 'out a', /failed: exit 7\.$/, ['d', 'fleet']],
    [
      'no master',
      { stuck: true, runs: true },
      'out a',
      /It is not back in service yet: no master answers\.$/,
      ['d', 'fleet'],
    ],
  ]
  for (const [about, { stuck, runs }, log, reason, owed] of cases) {
    await ctx.run.apply(clusterOf(all, fleet(ctx, '1')))
    ctx.log()
    const a = ctx.hosts.a as FakeHost
    const good = fleet(ctx, '2')
    const gone = runs ? sh`exit 7` : sh`rm d.read; exit 7`
    const bad = {
      ...good,
      resources: (...args: Parameters<typeof good.resources>) => [
        note('first', { text: '2', before: gone }),
        ...good.resources(...args),
      ],
    }
    if (stuck) writeFileSync(a.path('stuck'), '')
    const done = await ctx.run.apply(clusterOf(all, bad))
    assert.equal(outcomes(done), ['failed', 'blocked', 'blocked'], about)
    assert.is(ctx.log(), log, about)
    assert.match(done.host('a').reason ?? '', reason, about)
    assert.equal(done.host('a').owed, owed, about)
    assert.is(a.read(MARK) === undefined, !owed.includes('fleet'), about)
    rmSync(a.path('stuck'), { force: true })
  }
})

test('one that cannot be brought back has failed; it is a step of the next run, which takes nobody out for that', async (ctx) => {
  await ctx.run.apply(clusterOf(all, fleet(ctx, '1')))
  writeFileSync((ctx.hosts.a as FakeHost).path('stuck'), '')
  const done = await ctx.run.apply(clusterOf(all, fleet(ctx, '2')))
  assert.equal(outcomes(done), ['failed', 'blocked', 'blocked'])
  assert.is(
    done.host('a').reason,
    'applied, but it is not back in service: no master answers. Run the same command again: what is owed is recorded.',
  )
  assert.is(done.host('b').reason, 'a is not back in service. Nothing was changed on this host.')
  ctx.log()
  const planned = await ctx.run.plan(clusterOf(all, fleet(ctx, '2')))
  assert.equal(
    planned.host('a').plan?.steps.map((s) => `${s.resource}: ${s.changes[0]?.text}`),
    ['member fleet: brought back into service: owed since an earlier run'],
  )
  rmSync((ctx.hosts.a as FakeHost).path('stuck'))
  const again = await ctx.run.apply(clusterOf(all, fleet(ctx, '2')))
  assert.equal(outcomes(again), ['changed', 'changed', 'changed'])
  assert.is(ctx.log(), 'in a with 2, out b, in b with 2, out c, in c with 2')
  await ended(ctx, '2')
})

test('a controller that dies between out and in: the next run brings the member back, also after a boot, also where nothing else differs any more', async (ctx) => {
  await ctx.run.apply(clusterOf(all, fleet(ctx, '1')))
  for (const dies of ['before', 'after'] as const) {
    const leave = new AbortController()
    const dying = fleet(ctx, '2', {
      [dies]: async ({ host: { name } }: Turn) => {
        if (dies === 'before') writeFileSync((ctx.hosts[name] as FakeHost).path('out'), '')
        leave.abort()
        await new Promise(() => undefined) // nothing that it says reaches anybody
      },
    })
    const run = ctx.run.apply(clusterOf(all, dying), { leave: leave.signal })
    await new Promise<void>((resolve) => leave.signal.addEventListener('abort', () => resolve()))
    void run
    assert.ok((ctx.hosts.a as FakeHost).read(MARK) !== undefined)
    // with what it had before: nothing differs but that it is out of service
    const text = dies === 'before' ? '1' : '2'
    const next = runner(ctx.hosts)
    assert.equal(outcomes(await next.apply(clusterOf(['a'], fleet(ctx, text)))), ['changed'])
    assert.match(ctx.log(), new RegExp(`in a with ${text}$`))
    assert.equal([(ctx.hosts.a as FakeHost).read(MARK), (ctx.hosts.a as FakeHost).read('out')], [undefined, undefined])
    await next.apply(clusterOf(all, fleet(ctx, '1')))
    ctx.log()
  }
})

test('one that cannot be taken out is blocked, brought back, and unchanged; the rest are untouched', async (ctx) => {
  await ctx.run.apply(clusterOf(all, fleet(ctx, '1')))
  const stubborn = fleet(ctx, '2', {
    before: async () => {
      ctx.say('tries')
      throw new Error('/rails-app runs on this host only')
    },
  })
  const done = await ctx.run.apply(clusterOf(all, stubborn))
  assert.equal(outcomes(done), ['blocked', 'blocked', 'blocked'])
  assert.is(
    done.host('a').reason,
    '/rails-app runs on this host only. It is back in service, and nothing was changed on this host.',
  )
  assert.is(done.host('b').reason, 'a could not be taken out of service. Nothing was changed on this host.')
  assert.is(ctx.log(), 'tries, in a with 1')
  await ended(ctx, '1')
})

test('a stop while a member is taken out: it is brought back, and nothing is changed', async (ctx) => {
  await ctx.run.apply(clusterOf(all, fleet(ctx, '1')))
  const stop = new AbortController()
  const slow = fleet(ctx, '2', {
    before: async ({ signal }) => {
      ctx.say('out a')
      setTimeout(() => stop.abort(), 20)
      await new Promise<void>((resolve) => signal.addEventListener('abort', () => resolve()))
    },
  })
  const done = await ctx.run.apply(clusterOf(all, slow), { signal: stop.signal })
  assert.equal(outcomes(done), ['blocked', 'blocked', 'blocked'])
  assert.is(done.host('a').reason, 'stopped as asked, before its turn. It is back in service.')
  assert.is(ctx.log(), 'out a, in a with 1')
  await ended(ctx, '1')
})

test('a no-op of a host that can be taken out of service is one exec', async (ctx) => {
  await ctx.run.apply(clusterOf(all, fleet(ctx, '1')))
  const again = await ctx.run.apply(clusterOf(all, fleet(ctx, '1')))
  assert.equal(
    again.result.hosts.map((h) => h.cost.execs),
    [1, 1, 1],
  )
  assert.not.ok(existsSync((ctx.hosts.a as FakeHost).path(MARK)))
})

test.run()
