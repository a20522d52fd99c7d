/** Members that are taken out of service before their turn and brought back after it; what holds a turn up. */
import { existsSync, rmSync, writeFileSync } from 'node:fs'
import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { inTurns } from '../../src/engine/about.ts'
import { makeCluster } from '../../src/inventory/make-cluster.ts'
import type { Health } from '../../src/model/health.ts'
import type { Recipe, Rolling, Turn } from '../../src/model/recipe.ts'
import { sh } from '../../src/shell/script.ts'
import { TransportError } from '../../src/transport/transport.ts'
import { type FakeHost, fakeHost } from '../support/fake-host.ts'
import { runner } from '../support/runs-of.ts'
import { clusterOf, daemon, host, note, recipe, role } from '../support/toys.ts'

interface Ctx {
  hosts: Record<string, FakeHost>
  run: ReturnType<typeof runner>
  /** What happened since the last call, in order: `out a`, `restart a`, `in a`. */
  log(): string
  say(word: string): void
}
const test = suite<Ctx>('turns')
test.before.each((ctx) => {
  ctx.hosts = { a: fakeHost(), b: fakeHost(), c: fakeHost() }
  ctx.run = runner(ctx.hosts)
  const words: string[] = []
  ctx.say = (word) => words.push(word)
  ctx.log = () => words.splice(0).join(', ')
  void words
})
test.after.each((ctx) => {
  for (const h of Object.values(ctx.hosts)) h.remove()
})

const all = ['a', 'b', 'c']
const MARK = 'var/lib//provision/fleet.away'

/** A fleet: a daemon on each host; `out` is a file that says that the member gets no work. */
function fleet({ hosts, say }: Ctx, text: string, more: Partial<Rolling> = {}): Recipe {
  const of = ({ host: { name } }: Pick<Turn, 'host'>) => hosts[name] as FakeHost
  return recipe(
    'fleet',
    () => {
      const config = note('config', { text })
      return [config, daemon('d', { reads: ['config'], restartOn: [config], restarting: sh`[ ! -e broken ]` })]
    },
    {
      rolling: {
        services: ['d.service'],
        deadline: 2,
        unavailable: () => 1,
        async before(turn) {
          say(`out ${turn.host.name}`)
          assert.ok(of(turn).read(MARK) !== undefined, 'the mark is there before anything is done')
          writeFileSync(of(turn).path('out'), '')
        },
        async after(turn) {
          if (of(turn).read('stuck') !== undefined) throw new Error('no master answers')
          say(`in ${turn.host.name} with ${of(turn).read('d.read')}`)
          rmSync(of(turn).path('out'), { force: true })
        },
        ...more,
      },
      async health({ name }): Promise<Health> {
        const h = hosts[name] as FakeHost
        const runs = h.read('d.read')
        const away = h.read('out') !== undefined
        return {
          green: runs !== undefined && !away,
          away: runs !== undefined && away,
          down: runs === undefined,
          says: away ? 'drained' : `runs ${runs}`,
        }
      },
    },
  )
}
const outcomes = (ended: { result: { hosts: readonly { outcome: string }[] } }) =>
  ended.result.hosts.map((h) => h.outcome)
const ended = async (ctx: Ctx, text: string): Promise<void> => {
  const again = await ctx.run.apply(clusterOf(all, fleet(ctx, text)))
  assert.equal(outcomes(again), ['in-sync', 'in-sync', 'in-sync'])
  assert.is(ctx.log(), '')
  for (const h of Object.values(ctx.hosts)) assert.equal([h.read(MARK), h.read('out')], [undefined, undefined])
}

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

const front = ({ say }: Ctx, no: (host: string) => string | undefined = () => undefined) => ({
  async leave({ name }: { name: string }) {
    const why = no(name)
    if (why !== undefined) throw new Error(why)
    say(`leave ${name}`)
  },
  async join({ name }: { name: string }) {
    say(`join ${name}`)
  },
})

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

test('a deployment holds a turn up until it ends', async (ctx) => {
  await ctx.run.apply(clusterOf(all, fleet(ctx, '1')))
  let asked = 0
  const held = fleet(ctx, '2', {
    holds: async () => (++asked > 2 ? undefined : 'the deployment of /rails-app'),
    deadline: 20,
  })
  const done = await ctx.run.apply(clusterOf(all, held))
  assert.equal(outcomes(done), ['changed', 'changed', 'changed'])
  assert.ok(done.of('waiting').some((e) => e.host === 'a' && e.for === 'the deployment of /rails-app to end'))
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
