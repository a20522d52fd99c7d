/** Members that somebody takes out of service: they stay out over runs until they are asked back. */
import { rmSync, writeFileSync } from 'node:fs'
import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { back, out } from '../../../src/engine/about.ts'
import { output } from '../../../src/engine/link/net.ts'
import { heldBy, markAway } from '../../../src/engine/roll/away-mark.ts'
import { status } from '../../../src/engine/status.ts'
import type { Recipe, Rolling, Turn } from '../../../src/model/recipe.ts'
import { leaving } from '../../../src/model/recipes-of.ts'
import type { Script } from '../../../src/shell/script.ts'
import { TransportError } from '../../../src/transport/transport.ts'
import { type FakeHost, fakeHost, fakeTransport } from '../../support/fake-host.ts'
import { runner } from '../../support/runs-of.ts'
import { clusterOf, daemon, note, recipe } from '../../support/toys.ts'

interface Ctx {
  hosts: Record<string, FakeHost>
  run: ReturnType<typeof runner>
  said: string[]
}
const test = suite<Ctx>('draining by hand')
test.before.each((ctx) => {
  ctx.hosts = { a: fakeHost(), b: fakeHost(), c: fakeHost() }
  ctx.run = runner(ctx.hosts)
  ctx.said = []
})
test.after.each((ctx) => {
  for (const h of Object.values(ctx.hosts)) h.remove()
})

const all = ['a', 'b', 'c']
const MARK = 'var/lib//provision/fleet.away'

/** A daemon on each host; the file `out` says that the member gets no work. What is done with members is in `said`. */
function fleet({ hosts, said }: Ctx, text = '1', more: Partial<Rolling> = {}): Recipe {
  const of = (name: string) => hosts[name] as FakeHost
  return recipe(
    'fleet',
    () => {
      const config = note('config', { text })
      return [config, daemon('d', { reads: ['config'], restartOn: [config] })]
    },
    {
      rolling: {
        services: ['d.service'],
        deadline: 2,
        unavailable: () => 1,
        async before({ host: { name } }: Turn) {
          said.push(`out ${name}`)
          writeFileSync(of(name).path('out'), '')
        },
        async after({ host: { name } }: Turn) {
          said.push(`in ${name}`)
          rmSync(of(name).path('out'), { force: true })
        },
        ...more,
      },
      async health({ name }) {
        const runs = of(name).read('d.read') !== undefined
        const away = of(name).read('out') !== undefined
        const ill = of(name).read('ill') !== undefined
        return { green: runs && !away && !ill, away: runs && away, down: !runs, says: away ? 'drained' : 'runs' }
      },
    },
  )
}

const outcomes = (ended: { result: { hosts: readonly { outcome: string }[] } }) =>
  ended.result.hosts.map((h) => h.outcome)

/** Runs what is about members' places on some hosts. */
function move(ctx: Ctx, about: typeof out, names: readonly string[], more: Partial<Rolling> = {}) {
  const cluster = clusterOf(all, fleet(ctx, '1', more))
  return {
    cluster,
    apply: (options: object = {}) =>
      ctx.run.apply(cluster, { about: about(cluster), hosts: names.map((n) => cluster.host(n)), ...options }),
    plan: () => ctx.run.plan(cluster, { about: about(cluster), hosts: names.map((n) => cluster.host(n)) }),
  }
}
const begin = (ctx: Ctx) => ctx.run.apply(clusterOf(all, fleet(ctx)))
const on = async (ctx: Ctx, script: Script) =>
  output(await fakeTransport(ctx.hosts).connect({ name: 'a', address: 'a', ssh: {} }), script)
const mark = (ctx: Ctx, name: string) => ctx.hosts[name]?.read(MARK)

test('what a mark says', () => {
  const rows: readonly [string, object | undefined][] = [
    ['', undefined],
    [
      'drained\talice@laptop\t2026-01-02 03:04 UTC\n',
      { at: 'drained', by: 'alice@laptop', since: '2026-01-02 03:04 UTC' },
    ],
    ['draining\talice@laptop\t2026', { at: 'draining', by: 'alice@laptop', since: '2026' }],
    ['something else', undefined],
  ]
  for (const [line, wanted] of rows) assert.equal(heldBy(line), wanted, line)
})

test('a member that is only taken out waits for nothing that its restart would break', async (ctx) => {
  await begin(ctx)
  const more = { holds: async () => 'the deployment of /web' }
  assert.equal(outcomes(await move(ctx, out, ['a'], more).apply()), ['changed'])
  assert.equal(ctx.said.splice(0), ['out a'])
  const restarted = await ctx.run.apply(clusterOf(all, fleet(ctx, '2', more)))
  assert.match(restarted.host('b').reason ?? '', /the deployment of \/web is under way/)
})

test('a drained member stays out over runs that say so, and comes back when it is asked to', async (ctx) => {
  await begin(ctx)
  const planned = await move(ctx, out, ['a']).plan()
  assert.is(planned.result.exitCode, 2)
  assert.equal(
    planned.host('a').plan?.steps.map((s) => s.resource),
    ['member fleet'],
  )
  assert.equal([ctx.said, mark(ctx, 'a')], [[], undefined])

  assert.equal(outcomes(await move(ctx, out, ['a']).apply({ who: 'alice@laptop' })), ['changed'])
  assert.equal(ctx.said.splice(0), ['out a'])
  assert.match(mark(ctx, 'a') ?? '', /^drained\talice@laptop\t\d{4}-\d\d-\d\d \d\d:\d\d UTC\n$/)
  assert.equal(outcomes(await move(ctx, out, ['a']).apply()), ['in-sync'])

  const none = await ctx.run.apply(clusterOf(all, fleet(ctx)))
  assert.equal(outcomes(none), ['in-sync', 'in-sync', 'in-sync'])
  assert.is(none.host('a').cost.execs, 1)
  assert.match(none.host('a').plan?.warnings[0] ?? '', /^drained by alice@laptop, 2.* until provision undrain\.$/)

  // a change takes its turn on all of them, and leaves the member where it is
  assert.equal(outcomes(await ctx.run.apply(clusterOf(all, fleet(ctx, '2')))), ['changed', 'changed', 'changed'])
  assert.equal(ctx.said.splice(0), ['out a', 'out b', 'in b', 'out c', 'in c'])
  assert.match(mark(ctx, 'a') ?? '', /^drained\talice/)

  await begin(ctx)
  ctx.said.length = 0
  assert.equal(outcomes(await move(ctx, back, ['a']).apply()), ['changed'])
  assert.equal([ctx.said.splice(0), mark(ctx, 'a')], [['in a'], undefined])
  assert.equal(outcomes(await move(ctx, back, ['a', 'b']).apply()), ['in-sync', 'in-sync'])
})

test('the status of a drained member says who drained it, and is not red', async (ctx) => {
  await begin(ctx)
  const { cluster, apply } = move(ctx, out, ['a'])
  await apply({ who: 'alice@laptop' })
  const [a, b] = await status(cluster, { transport: fakeTransport(ctx.hosts) })
  const of = (answer: typeof a) => (answer !== undefined && 'components' in answer ? answer.components[0] : undefined)
  assert.equal([of(a)?.green, of(a)?.held?.by, of(b)?.green, of(b)?.held], [true, 'alice@laptop', true, undefined])
  assert.match(of(a)?.says ?? '', /^drained; drained by alice@laptop, /)
})

test('what cannot be drained is in service as before, also where an earlier try was killed', async (ctx) => {
  await begin(ctx)
  for (const killed of [false, true]) {
    if (killed) {
      await on(ctx, markAway('fleet', 'bob@laptop'))
      writeFileSync(ctx.hosts.a?.path('out') ?? '', '')
    }
    const full = async () => {
      throw new Error('no other slave could take one')
    }
    const done = await move(ctx, out, ['a', 'b'], { before: full }).apply()
    assert.equal(outcomes(done), ['blocked', 'blocked'])
    assert.match(done.host('a').reason ?? '', /^no other slave could take one\. It is back in service/)
    assert.equal([mark(ctx, 'a'), mark(ctx, 'b'), ctx.hosts.a?.read('out')], [undefined, undefined, undefined])
  }
})

test('a drain that was killed is not undone by a run; the second time goes on with it', async (ctx) => {
  await begin(ctx)
  await on(ctx, markAway('fleet', 'bob@laptop'))
  writeFileSync(ctx.hosts.a?.path('out') ?? '', '')
  const none = await ctx.run.apply(clusterOf(all, fleet(ctx)))
  assert.equal(outcomes(none), ['in-sync', 'in-sync', 'in-sync'])
  assert.match(none.host('a').plan?.warnings[0] ?? '', /the drain that bob@laptop began, .* has not ended/)
  assert.equal(outcomes(await move(ctx, out, ['a']).apply({ who: 'alice@laptop' })), ['changed'])
  assert.match(mark(ctx, 'a') ?? '', /^drained\talice@laptop/)
})

test('an undrain that fails is owed: the next run brings the member back', async (ctx) => {
  await begin(ctx)
  await move(ctx, out, ['a']).apply()
  const away = async () => {
    throw new Error('no master answers')
  }
  assert.equal(outcomes(await move(ctx, back, ['a'], { after: away }).apply()), ['failed'])
  assert.is(mark(ctx, 'a'), '')
  ctx.said.length = 0
  assert.equal(outcomes(await ctx.run.apply(clusterOf(all, fleet(ctx)))), ['changed', 'in-sync', 'in-sync'])
  assert.equal([ctx.said, mark(ctx, 'a')], [['in a'], undefined])
})

test('a turn that was killed before its member was brought back can become a drain', async (ctx) => {
  await begin(ctx)
  await on(ctx, markAway('fleet'))
  assert.is(mark(ctx, 'a'), '')
  assert.equal(outcomes(await move(ctx, out, ['a']).apply()), ['changed'])
  assert.match(mark(ctx, 'a') ?? '', /^drained\t/)
})

test('neither asks the others: one that is ill or out of reach stands in nobody’s way', async (ctx) => {
  await begin(ctx)
  writeFileSync(ctx.hosts.b?.path('ill') ?? '', '')
  ;(ctx.hosts.c as FakeHost).refuse = new TransportError('timeout', '10.0.0.3:22 did not answer in 10 s')
  assert.equal(outcomes(await move(ctx, out, ['a']).apply()), ['changed'])
  assert.equal(outcomes(await move(ctx, back, ['a']).apply()), ['changed'])
  assert.equal(ctx.said, ['out a', 'in a'])
})

test('a host whose recipe has nothing to take out there cannot leave, and has no mark', async (ctx) => {
  const idle = clusterOf(all, fleet(ctx, '1', { drains: ({ name }) => name !== 'a' }))
  assert.equal(
    all.map((name) => leaving(idle.host(name), idle).length),
    [0, 1, 1],
  )
  await ctx.run.apply(idle)
  const other = clusterOf(all, fleet(ctx, '2', { drains: ({ name }) => name !== 'a' }))
  assert.equal(outcomes(await ctx.run.apply(other)), ['changed', 'changed', 'changed'])
  assert.equal(ctx.said, ['out b', 'in b', 'out c', 'in c'])
})

test.run()
