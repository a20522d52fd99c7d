import { writeFileSync } from 'node:fs'
import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { sh } from '../../../src/shell/script.ts'
import { clusterOf, note, recipe } from '../../support/toys.ts'
import { type Ctx, onTwoHosts } from './ground.ts'

const test = suite<Ctx>('run: a lost link')
onTwoHosts(test)

test('a lost link: the script goes on, its log is followed from the byte where it was', async ({ a, run }) => {
  const noisy = recipe('noisy', () => [
    note('x', { text: '1', before: sh`for i in 1 2 3 4 5 6 7 8; do echo "line $i of the output"; sleep .06; done` }),
    note('y', { text: '1' }),
  ])
  const wanted = [1, 2, 3, 4, 5, 6, 7, 8].map((i) => `line ${i} of the output`)
  let lost = 0
  for (const dropAt of [0, 1, 60, 77, 99, 150, 205]) {
    writeFileSync(a.path('x'), 'old')
    let dropped = 0
    a.fault = (script) => (script.includes('setsid') && dropped++ === 0 ? { dropAt } : undefined)
    const { host, of } = await run.apply(clusterOf(['a'], noisy))
    assert.equal([host('a').outcome, host('a').reason], ['changed', undefined], `at ${dropAt}`)
    assert.equal(
      of('output').map((e) => e.line),
      wanted,
      `at ${dropAt}`,
    )
    assert.is(host('a').cost.connections, 2)
    assert.is(a.read('x'), '1')
    lost += of('retry').length
  }
  assert.is(lost, 7)
})

test('a link that is lost for good: failed, not unreachable; the host finishes; the next run is in sync', async ({
  a,
  run,
}) => {
  const slow = recipe('slow', () => [note('x', { text: '1', before: sh`sleep .4` })])
  a.fault = (script) => (script.includes('setsid') ? { dropAt: 40 } : undefined)
  a.reconnectFails = 99
  const { host } = await run.apply(clusterOf(['a'], slow))
  assert.is(host('a').outcome, 'failed')
  assert.match(host('a').reason ?? '', 'The host finishes its script')
  await new Promise((done) => setTimeout(done, 600))
  assert.is(a.read('x'), '1')
  a.fault = () => undefined
  assert.is((await run.apply(clusterOf(['a'], slow))).host('a').outcome, 'in-sync')
})

test('a stop while the link is lost is told to the host when it is back', async ({ a, run }) => {
  const stop = new AbortController()
  const slow = recipe('slow', () => [note('x', { text: '1', before: sh`sleep 1` }), note('y', { text: '1' })])
  a.fault = (script) => (script.includes('setsid') ? { dropAt: 20 } : undefined)
  const { host } = await run.apply(clusterOf(['a'], slow), {
    signal: stop.signal,
    onEvent: (e) => void (e.event === 'retry' && stop.abort()),
  })
  assert.equal([host('a').outcome, a.read('x'), a.read('y')], ['blocked', '1', undefined])
})

test('stopped while a host does not answer: nobody waits for it', async ({ b, run }) => {
  b.refuse = 'never'
  const simple = recipe('simple', () => [note('x', { text: '1' })])
  for (const command of ['plan', 'apply'] as const) {
    const stop = new AbortController()
    const { host } = await run[command](clusterOf(['a', 'b'], simple), {
      signal: stop.signal,
      onEvent: (e) => void (e.event === 'connecting' && e.host === 'b' && setImmediate(() => stop.abort())),
    })
    assert.equal([host('b').outcome, host('b').reason], ['blocked', 'stopped as asked, before it was looked at'])
  }
})

test.run()
