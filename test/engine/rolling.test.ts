import { existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { makeCluster } from '../../src/inventory/make-cluster.ts'
import type { Recipe } from '../../src/model/recipe.ts'
import { sh } from '../../src/shell/script.ts'
import { TransportError } from '../../src/transport/transport.ts'
import { type FakeHost, fakeHost } from '../support/fake-host.ts'
import { runner } from '../support/runs-of.ts'
import { clusterOf, daemon, host, note, recipe, role } from '../support/toys.ts'

interface Ctx {
  a: FakeHost
  b: FakeHost
  c: FakeHost
  hosts: Record<string, FakeHost>
  dir: string
  run: ReturnType<typeof runner>
  /** Who restarted, in order: `+a` begins, `-a` ends. */
  log(): string
}
const test = suite<Ctx>('rolling')
test.before.each((ctx) => {
  Object.assign(ctx, {
    a: fakeHost(),
    b: fakeHost(),
    c: fakeHost(),
    dir: mkdtempSync(join(tmpdir(), 'provision-log-')),
  })
  ctx.hosts = { a: ctx.a, b: ctx.b, c: ctx.c }
  ctx.run = runner(ctx.hosts)
  const file = join(ctx.dir, 'log')
  ctx.log = () => {
    const text = existsSync(file) ? readFileSync(file, 'utf8').trim().split('\n').join(' ') : ''
    rmSync(file, { force: true })
    return text
  }
})
test.after.each((ctx) => {
  for (const h of [ctx.a, ctx.b, ctx.c]) h.remove()
  rmSync(ctx.dir, { recursive: true })
})

/**
 * A quorum's recipe: a daemon on each member; well where it runs with a config that is not bad and nobody made it sick.
 */
const quorum = (
  { hosts, dir }: Ctx,
  text: string,
  more: { leads?: (name: string) => boolean; name?: string; deadline?: number } = {},
): Recipe =>
  recipe(
    more.name ?? 'quorum',
    ({ name }) => {
      const config = note('config', { text })
      const log = (mark: string) => sh`echo ${mark + name} >>${join(dir, 'log')}`
      return [
        config,
        daemon('d', {
          reads: ['config'],
          restartOn: [config],
          restarting: sh`${log('+')}; sleep .2; rm -f sick; ${log('-')}`,
        }),
      ]
    },
    {
      rolling: { services: ['d.service'], deadline: more.deadline ?? 2 },
      async health({ name }) {
        const h = hosts[name] as FakeHost
        const runs = h.read('d.read')
        const green = runs !== undefined && !runs.startsWith('bad') && h.read('sick') === undefined
        const red = runs === undefined ? 'does not run' : 'is sick'
        return {
          green,
          down: runs === undefined || runs.startsWith('bad') || h.read('sick') === 'down',
          says: green ? `runs ${runs}` : red,
          leads: more.leads?.(name) ?? false,
        }
      },
    },
  )
const all = ['a', 'b', 'c']
const outcomes = (ended: { result: { hosts: readonly { outcome: string }[] } }) =>
  ended.result.hosts.map((h) => h.outcome)

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

const pairOf = (...both: readonly Recipe[]) =>
  makeCluster(
    all.map((name) => host(name, ['all'])),
    new Map([['all', role('all', both)]]),
  )

/**
 * Something else on the same hosts, of which one may be away at a time: while `until` says so, it is not well on a
 * host.
 */
const companion = (until: (host: string) => number, deadline = 5): Recipe =>
  recipe('companion', () => [], {
    rolling: { services: ['companion.service'], deadline },
    health: async ({ name }) => {
      const green = performance.now() >= until(name)
      return { green, says: green ? 'serves' : 'looks for a leader' }
    },
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
    // c's falls 1.5 s after a has been restarted, for 2 s
    if (ctx.a.read('d.read') === '2' && from === Number.POSITIVE_INFINITY)
      [from, to] = [performance.now() + 1500, performance.now() + 3500]
    return name === 'c' && performance.now() >= from ? to : 0
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
  const patient = clusterOf(all, quorum(ctx, '2', { deadline: 20 }))
  setTimeout(() => rmSync(ctx.c.path('sick')), 1000)
  assert.equal(outcomes(await ctx.run.apply(patient, { hosts: patient.hosts.slice(0, 2) })), ['changed', 'changed'])
  assert.is(ctx.log(), '+a -a +b -b')
})

test('two controllers on different members of one quorum: one gives up naming the other', async (ctx) => {
  await ctx.run.apply(clusterOf(all, quorum(ctx, '1')))
  ctx.log()
  const cluster = clusterOf(all, quorum(ctx, '2'))
  let second: ReturnType<typeof ctx.run.apply> | undefined
  const first = await ctx.run.apply(cluster, {
    hosts: [cluster.host('a')],
    onEvent: (e) => {
      if (e.event === 'step') second ??= ctx.run.apply(cluster, { hosts: [cluster.host('b')], who: 'bob@desk' })
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

test('members that cannot be asked how they are may be serving: none is touched', async (ctx) => {
  await ctx.run.apply(clusterOf(all, quorum(ctx, '1')))
  ctx.log()
  for (const h of [ctx.a, ctx.b, ctx.c]) writeFileSync(h.path('sick'), '')
  assert.equal(outcomes(await ctx.run.apply(clusterOf(all, quorum(ctx, '2')))), ['blocked', 'blocked', 'blocked'])
  assert.is(ctx.log(), '')
})

/** Masters first, then slaves. */
const layered = (master: Recipe, slave: Recipe) =>
  makeCluster(
    [host('a', ['slave']), host('b', ['master']), host('c', ['slave'])],
    new Map([
      ['master', role('master', [master])],
      ['slave', role('slave', [slave], ['master'])],
    ]),
  )
const slave = recipe('slave', () => [note('s', { text: '1' })])

test('a wave begins when the gate of the one before it is passed', async (ctx) => {
  let asked = 0
  const master = recipe('master', () => [note('m', { text: '1' })], {
    health: async () => ({ green: ++asked > 2, says: `asked ${asked}` }),
  })
  const done = await ctx.run.apply(layered(master, slave))
  assert.equal(outcomes(done), ['changed', 'changed', 'changed'])
  const order = done.events.flatMap((e) =>
    e.event === 'applying' || (e.event === 'gate' && e.green) ? [`${e.event} ${e.host}`] : [],
  )
  assert.equal(
    [order.slice(0, 2), order.slice(2).sort()],
    [
      ['applying b', 'gate b'],
      ['applying a', 'applying c'],
    ],
  )
  const told = done.of('waiting').map((e) => `${e.host} waits for ${e.for}`)
  assert.equal(told, ['a waits for b, which comes first', 'c waits for b, which comes first'])
})

test('a wave whose gate stays closed blocks those that come after it, and only those', async (ctx) => {
  const master = recipe('master', () => [note('m', { text: '1' })], {
    rolling: { services: [], deadline: 1 },
    health: async () => {
      throw new Error('connection refused')
    },
  })
  const done = await ctx.run.apply(layered(master, slave))
  assert.equal(outcomes(done), ['blocked', 'failed', 'blocked'])
  assert.is(done.host('b').reason, 'applied, but unhealthy after 1 s: connection refused')
  assert.is(done.host('a').reason, 'comes after b, which failed. Nothing was changed on this host.')
})

test('what a run has left that was never well holds up later waves in the next run, too; what was well once does not', async (ctx) => {
  let well = false
  const master = recipe('master', () => [note('m', { text: '1' })], {
    rolling: { services: [], deadline: 1 },
    health: async () => ({ green: well, says: well ? 'leads' : 'has no quorum' }),
  })
  const again = async (text: string) =>
    outcomes(
      await ctx.run.apply(
        layered(
          master,
          recipe('slave', () => [note('s', { text })]),
        ),
      ),
    )
  assert.equal(await again('1'), ['blocked', 'failed', 'blocked'])
  const second = await ctx.run.apply(layered(master, slave))
  assert.equal(outcomes(second), ['blocked', 'in-sync', 'blocked'])
  assert.is(
    second.host('a').reason,
    'comes after b, which has not been well since it was changed: has no quorum. Nothing was changed on this host.',
  )
  well = true
  assert.equal(await again('1'), ['changed', 'in-sync', 'changed'])
  well = false
  assert.equal(await again('2'), ['changed', 'in-sync', 'changed'])
})

test('trouble of a later wave does not hold up an earlier one; an unreachable host holds up nobody', async (ctx) => {
  const master = recipe('master', () => [note('m', { text: '1' })])
  const broken = recipe('slave', ({ name }) => [note(name === 'a' ? 'broken' : 's', { text: '1' })])
  const done = await ctx.run.apply(layered(master, broken))
  assert.equal(outcomes(done), ['failed', 'changed', 'changed'])
  ctx.b.refuse = new TransportError('refused', 'it refused the connection')
  rmSync(ctx.c.path('s'))
  assert.equal(outcomes(await ctx.run.apply(layered(master, slave))), ['changed', 'unreachable', 'changed'])
})

test.run()
