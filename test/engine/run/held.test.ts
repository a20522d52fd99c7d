// Two runs at once, and runs that are stopped.
import { writeFileSync } from 'node:fs'
import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { sh } from '../../../src/shell/script.ts'
import { clusterOf, note, recipe } from '../../support/toys.ts'
import { type Ctx, onTwoHosts, served, simple } from './ground.ts'

const test = suite<Ctx>('run: locks and stops')
onTwoHosts(test)

/** A step that goes on until the file `go` is there. */
const held = recipe('held', () => [
  note('x', { text: '1', before: sh`while [ ! -e go ]; do sleep .05; done` }),
  note('y', { text: '1' }),
])

test('two runs at once: the second gives up and names the first, or waits', async ({ a, run }) => {
  const cluster = clusterOf(['a'], held)
  let began = () => {}
  const first = new Promise<void>((resolve) => {
    began = resolve
  })
  const one = run.apply(cluster, { onEvent: (e) => void (e.event === 'step' && began()) })
  await first
  const gaveUp = (await run.apply(cluster, { who: 'bob@desk' })).host('a')
  assert.is(gaveUp.outcome, 'blocked')
  assert.match(gaveUp.reason ?? '', /another run holds this host: alice@laptop since \d{4}-.*--wait/)
  const go = (e: { event: string }) => void (e.event === 'waiting' && writeFileSync(a.path('go'), ''))
  const waited = await run.apply(cluster, { who: 'carol@desk', wait: true, onEvent: go })
  assert.is(waited.host('a').outcome, 'in-sync')
  assert.match(waited.of('waiting')[0]?.for ?? '', /alice@laptop/)
  assert.is((await one).host('a').outcome, 'changed')
})

test('what refuses while another run is in the middle of its work waits for that run, as all else does', async ({
  a,
  run,
}) => {
  let began = () => {}
  const first = new Promise<void>((resolve) => {
    began = resolve
  })
  const one = run.apply(clusterOf(['a'], held), { onEvent: (e) => void (e.event === 'step' && began()) })
  await first
  const half = recipe('held', () => [note('y', { text: '1' })], {
    refuse: () => [{ refusal: 'half', reason: 'Half done.', remedy: 'Wait.', changes: [] }],
  })
  const gaveUp = (await run.apply(clusterOf(['a'], half), { who: 'bob@desk' })).host('a')
  assert.is(gaveUp.outcome, 'blocked')
  assert.match(gaveUp.reason ?? '', /another run holds this host: alice@laptop since/)
  const go = (e: { event: string }) => void (e.event === 'waiting' && writeFileSync(a.path('go'), ''))
  const waited = await run.apply(clusterOf(['a'], half), { who: 'carol@desk', wait: true, onEvent: go })
  assert.is(waited.host('a').outcome, 'in-sync')
  assert.is((await one).host('a').outcome, 'changed')
})

test("a script that its controller left alone holds the host's own lock; --wait waits for that too", async ({
  a,
  run,
}) => {
  const cluster = clusterOf(['a'], held)
  const leave = new AbortController()
  const left = await run.apply(cluster, {
    leave: leave.signal,
    onEvent: (e) => void (e.event === 'step' && leave.abort()),
  })
  assert.is(left.host('a').outcome, 'blocked')
  assert.match(left.host('a').reason ?? '', /left as asked. The host finishes its script/)
  const second = await run.apply(cluster)
  assert.is(second.host('a').outcome, 'blocked')
  assert.match(second.host('a').reason ?? '', 'by alice@laptop')
  const go = (e: { event: string }) => void (e.event === 'waiting' && writeFileSync(a.path('go'), ''))
  const third = await run.apply(cluster, { wait: true, onEvent: go })
  assert.is(third.host('a').outcome, 'in-sync')
  assert.equal([a.read('x'), a.read('y')], ['1', '1'])
})

test('a soft stop: the step that runs is finished, no other begins, what is owed is named and done by the next run', async ({
  a,
  run,
}) => {
  await run.apply(clusterOf(['a'], served('1')))
  const stop = new AbortController()
  const { host, of } = await run.apply(clusterOf(['a'], served('2', { before: sh`sleep .5` })), {
    signal: stop.signal,
    onEvent: (e) => void (e.event === 'step' && stop.abort()),
  })
  assert.is(of('stopping').length, 1)
  assert.equal([host('a').outcome, host('a').steps, host('a').owed], ['blocked', 1, ['d']])
  assert.match(host('a').reason ?? '', 'stopped as asked, after 1 of 4 steps')
  assert.equal([a.read('config'), a.read('unit'), a.read('d.read')], ['2', 'unit of 1', '1unit of 1'])
  assert.is((await run.apply(clusterOf(['a'], served('2')))).host('a').outcome, 'changed')
  assert.is(a.read('d.read'), '2unit of 2')
})

test('stopped before anything: nothing is looked at', async ({ a, run }) => {
  const { host } = await run.apply(clusterOf(['a'], simple('1')), { signal: AbortSignal.abort() })
  assert.equal([host('a').outcome, host('a').cost.execs, a.scripts.length], ['blocked', 0, 0])
})

test('stopped while a recipe is asked whether it refuses: nothing is begun', async ({ a, run }) => {
  const stop = new AbortController()
  let asked = 0
  const one = recipe('one', () => [note('x', { text: '1' }), note('y', { text: '2' })], {
    refuse: async () => {
      if (++asked === 2) stop.abort()
      return []
    },
  })
  // between the look and the lock the host changes: its recipes are asked again
  a.fault = (script) => void (script.includes('run.lock') && writeFileSync(a.path('x'), 'by hand')) as undefined
  const { host } = await run.apply(clusterOf(['a'], one), { signal: stop.signal })
  assert.equal([asked, host('a').outcome, host('a').steps, a.read('y')], [2, 'blocked', 0, undefined])
})

test.run()
