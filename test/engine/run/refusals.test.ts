import { rmSync, writeFileSync } from 'node:fs'
import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { makeCluster } from '../../../src/inventory/make-cluster.ts'
import { sh } from '../../../src/shell/script.ts'
import { clusterOf, host, note, recipe, role } from '../../support/toys.ts'
import { type Ctx, onTwoHosts, simple } from './ground.ts'

const test = suite<Ctx>('run: refusals')
onTwoHosts(test)

test('refusals stop a host before anything changes, unless they are waived', async ({ a, run }) => {
  const one = recipe('one', () => [note('new', { text: '1' }), note('x', { text: '1', refusal: 'other-x' })])
  writeFileSync(a.path('x'), '0')
  for (const command of ['plan', 'apply'] as const) {
    const { host, result } = await run[command](clusterOf(['a'], one))
    assert.equal(
      [host('a').outcome, host('a').reason, result.exitCode],
      ['refused', 'note x: It says something else. Look at it. (Or waive it: --allow other-x.)', 1],
    )
  }
  assert.is(a.read('new'), undefined)
  assert.is((await run.apply(clusterOf(['a'], one), { allow: ['other-x'] })).host('a').outcome, 'changed')
  assert.is(a.read('x'), '1')
})

test("a recipe's refusal sees the host's facts and its steps, is asked only where there are steps, and is waived by name", async ({
  a,
  run,
}) => {
  const seen: unknown[] = []
  const one = recipe('one', () => [note('x', { text: '1' })], {
    refuse(host, _cluster, steps) {
      seen.push([host.facts.cpus > 0, steps.map((s) => s.resource)])
      return [{ refusal: 'one', reason: 'Not now.', remedy: 'Later.', changes: [] }]
    },
  })
  for (const command of ['plan', 'apply'] as const) {
    const { host } = await run[command](clusterOf(['a'], one))
    assert.equal([host('a').outcome, host('a').reason], ['refused', 'one: Not now. Later. (Or waive it: --allow one.)'])
  }
  // by plan; by apply, and once more under the lock
  assert.equal(seen, [
    [true, ['note x']],
    [true, ['note x']],
    [true, ['note x']],
  ])
  assert.is((await run.apply(clusterOf(['a'], one), { allow: ['one'] })).host('a').outcome, 'changed')
  seen.length = 0
  assert.is((await run.apply(clusterOf(['a'], one))).host('a').outcome, 'in-sync')
  assert.equal(seen, [])
  assert.is(a.read('x'), '1')
})

test('what refused for a moment only does not refuse: it is asked again under the lock, on the host as it is then', async ({
  a,
  run,
}) => {
  const busy = recipe('busy', () => [note('x', { text: '1' })], {
    refuse: async (_host, _cluster, _steps, net) =>
      (await net.read(sh`cat busy 2>/dev/null || :`)) === ''
        ? []
        : [{ refusal: 'busy', reason: 'Taken.', remedy: 'Later.', changes: [] }],
  })
  writeFileSync(a.path('busy'), 'yes')
  a.fault = (script) => void (script.includes('run.lock') && rmSync(a.path('busy'), { force: true })) as undefined
  assert.is((await run.apply(clusterOf(['a'], busy))).host('a').outcome, 'changed')
  // a resource of its own, and one that another run has put right meanwhile
  const other = recipe('other', () => [note('y', { text: '1', refusal: 'other-y' })])
  writeFileSync(a.path('y'), '0')
  a.fault = (script) => void (script.includes('run.lock') && writeFileSync(a.path('y'), '1')) as undefined
  assert.is((await run.apply(clusterOf(['a'], other))).host('a').outcome, 'in-sync')
})

test('what a recipe refuses everywhere, no host of it does', async ({ a, b, run }) => {
  const one = recipe('one', ({ name }) => [note('x', { text: name })], {
    refuse: ({ name }) =>
      name === 'a' ? [{ refusal: 'one', reason: 'Not both.', remedy: 'Later.', changes: [], everywhere: true }] : [],
  })
  const cluster = clusterOf(['a', 'b'], one)
  const { host } = await run.apply(cluster)
  assert.equal(
    ['a', 'b'].map((name) => [host(name).outcome, host(name).reason]),
    [
      ['refused', 'one: Not both. Later. (Or waive it: --allow one.)'],
      ['refused', 'a refuses it for all: one: Not both. Later. (Or waive it: --allow one.)'],
    ],
  )
  assert.equal([a.read('x'), b.read('x')], [undefined, undefined])
  const waived = await run.apply(cluster, { allow: ['one'] })
  assert.equal([waived.host('a').outcome, waived.host('b').outcome], ['changed', 'changed'])
})

test('hosts without that recipe go on', async ({ run }) => {
  const one = recipe('one', () => [note('x', { text: '1' })], {
    refuse: () => [{ refusal: 'one', reason: 'No.', remedy: 'Later.', changes: [], everywhere: true }],
  })
  const other = recipe('other', () => [note('y', { text: '1' })])
  const roles = new Map([
    ['one', role('one', [one])],
    ['other', role('other', [other])],
  ])
  const { host: of } = await run.apply(makeCluster([host('a', ['one']), host('b', ['other'])], roles))
  assert.equal([of('a').outcome, of('b').outcome], ['refused', 'changed'])
})

test('what a recipe refuses is asked with the facts of this run, also those that its resources do not use', async ({
  a,
  run,
}) => {
  const asked: string[] = []
  const one = recipe('one', () => [note('x', { text: '1' })], {
    refuse: (host) => {
      asked.push(host.facts.release)
      return []
    },
  })
  a.fault = () => ({ answer: (text) => text.replace(/^release\t.*$/m, 'release\told') })
  await run.plan(clusterOf(['a'], one))
  a.fault = () => ({ answer: (text) => text.replace(/^release\t.*$/m, 'release\tnew') })
  const { host } = await run.plan(clusterOf(['a'], one))
  assert.equal([asked, host('a').cost.execs], [['old', 'new'], 1])
})

test('a clock that is off is refused, unless waived', async ({ a, run }) => {
  a.fault = () => ({ answer: (text) => text.replace(/^clock\t\d+$/m, 'clock\t1000000000') })
  const { host } = await run.plan(clusterOf(['a'], simple('1')))
  assert.is(host('a').outcome, 'failed')
  assert.match(host('a').reason ?? '', /its clock is \d+ s behind this machine's.*--allow clock/)
  assert.is((await run.plan(clusterOf(['a'], simple('1')), { allow: ['clock'] })).host('a').outcome, 'planned')
})

test('a clock is compared with when the host read it, however late this machine hears it', async ({ a, run }) => {
  const { now } = Date
  let stoodStill = 0
  Date.now = () => now() + stoodStill
  // this machine stands still while the answer lies there
  a.fault = () => ({
    tap(chunk) {
      if (a.read('x') !== undefined && chunk.includes('clock\t')) stoodStill = 40_000
    },
  })
  try {
    const { host } = await run.apply(clusterOf(['a'], simple('1')))
    assert.equal([host('a').outcome, host('a').reason, stoodStill], ['changed', undefined, 40_000])
  } finally {
    Date.now = now
  }
})

test.run()
