import { readdirSync, rmSync, writeFileSync } from 'node:fs'
import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { sh } from '../../../src/shell/script.ts'
import type { FakeHost } from '../../support/fake-host.ts'
import { clusterOf, note, recipe } from '../../support/toys.ts'
import { until } from '../../support/until.ts'
import { type Ctx, onTwoHosts, simple } from './ground.ts'

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
  await until('the host has finished', () => a.read('x') === '1')
  a.fault = () => undefined
  assert.is((await run.apply(clusterOf(['a'], slow))).host('a').outcome, 'in-sync')
})

test('a stop while the link is lost is told to the host when it is back', async ({ a, run }) => {
  const stop = new AbortController()
  // its first step takes as long as the word to stop, on whatever machine
  const told = sh`n=0; until ls run/provision/*.stop || [ $((n += 1)) -gt 600 ]; do sleep .1; done >/dev/null 2>&1`
  const slow = recipe('slow', () => [note('x', { text: '1', before: told }), note('y', { text: '1' })])
  a.fault = (script) => (script.includes('setsid') ? { dropAt: 20 } : undefined)
  const { host } = await run.apply(clusterOf(['a'], slow), {
    signal: stop.signal,
    onEvent: (e) => void (e.event === 'retry' && stop.abort()),
  })
  assert.equal([host('a').outcome, a.read('x'), a.read('y')], ['blocked', '1', undefined])
})

test('stopped while a host does not answer: nobody waits for it', async ({ b, run }) => {
  b.refuse = 'never'
  const one = recipe('one', () => [note('x', { text: '1' })])
  for (const command of ['plan', 'apply'] as const) {
    const stop = new AbortController()
    const { host } = await run[command](clusterOf(['a', 'b'], one), {
      signal: stop.signal,
      onEvent: (e) => void (e.event === 'connecting' && e.host === 'b' && setImmediate(() => stop.abort())),
    })
    assert.equal([host('b').outcome, host('b').reason], ['blocked', 'stopped as asked, before it was looked at'])
  }
})

/** What every look at the host has in it, and its script has not. */
const isLook = (script: string): boolean => script.includes('base64 -w0') && !script.includes('setsid')

/** Breaks the link in the `nth` look. */
function breakLook(host: FakeHost, nth: number): void {
  let looks = 0
  host.fault = (script) => (isLook(script) && ++looks === nth ? { dropAt: 1 } : undefined)
}

for (const [nth, when] of [
  [1, 'at first'],
  [2, 'under its lock'],
] as const)
  test(`a link that is lost while the host is looked at ${when}: it is looked at again`, async ({ a, run }) => {
    await run.plan(clusterOf(['a'], simple('1'))) // its facts are known from here on
    breakLook(a, nth)
    const { host, of } = await run.apply(clusterOf(['a'], simple('1')))
    assert.equal([host('a').outcome, host('a').reason], ['changed', undefined])
    assert.equal([host('a').cost.connections, of('retry').length, a.read('x')], [2, 1, '1'])
  })

/** How many bytes of its log the host sends for a script that writes `x`, up to its end: as many each time. */
async function sizeOfLog({ b, run }: Ctx): Promise<number> {
  let said = ''
  const tap = (chunk: Buffer): void => {
    said += chunk.toString()
  }
  b.fault = (script) => (script.includes('setsid') ? { tap } : undefined)
  await run.apply(clusterOf(['b'], simple('1')))
  return said.indexOf(' end 0\n') + ' end 0\n'.length
}

test('a link that is lost at any byte after its steps: the host is looked at again, and nothing is left there', async (ctx) => {
  const { a, run } = ctx
  const size = await sizeOfLog(ctx)
  await run.plan(clusterOf(['a'], simple('1')))
  for (const more of [-1, 0, 1, 2, 100]) {
    rmSync(a.path('x'), { force: true })
    let sent = 0
    a.fault = (script) => (script.includes('setsid') && ++sent === 1 ? { dropAt: size + more } : undefined)
    const { host, of } = await run.apply(clusterOf(['a'], simple('1')))
    assert.equal([host('a').outcome, host('a').reason, a.read('x')], ['changed', undefined, '1'], `at ${more}`)
    assert.equal([host('a').cost.connections, of('retry').length], [2, 1], `at ${more}`)
    assert.equal(
      readdirSync(a.path('run/provision')).filter((name) => /^[0-9a-f]{18}\./.test(name)),
      [],
      `at ${more}`,
    )
  }
})

test('what a host says for ever after its steps is not heard for ever', async ({ a, run }) => {
  a.fault = (script) => (script.includes('setsid') ? { more: 'x'.repeat(33 * 1024 * 1024) } : undefined)
  const { host } = await run.apply(clusterOf(['a'], simple('1')))
  assert.equal([host('a').outcome, host('a').reason, host('a').cost.execs], ['changed', undefined, 5])
})

test('a look that ends each link is not repeated for ever, and what was done is said', async (ctx) => {
  const { a, run } = ctx
  const size = await sizeOfLog(ctx)
  let applied = false
  a.fault = (script) => {
    if (script.includes('setsid')) {
      applied = true
      return { dropAt: size }
    }
    return applied && isLook(script) ? { dropAt: 1 } : undefined
  }
  const { host, of } = await run.apply(clusterOf(['a'], simple('1')))
  assert.is(host('a').outcome, 'failed')
  assert.match(host('a').reason ?? '', /^applied, but it cannot be observed again: .*lost/)
  assert.is(of('retry').length, 3)
})

test('a link that is lost while a component is asked for its health: it is asked again', async ({ a, run }) => {
  let asked = 0
  a.fault = (script) => (script.includes('how are you') && ++asked === 1 ? { dropAt: 1 } : undefined)
  const well = recipe('well', () => [note('x', { text: '1' })], {
    health: async (_host, _cluster, net) => ({ green: (await net.read(sh`echo how are you`)) !== '', says: 'well' }),
  })
  const { host, of } = await run.apply(clusterOf(['a'], well))
  assert.equal([host('a').outcome, host('a').reason, asked], ['changed', undefined, 2])
  assert.equal(
    of('gate').map(({ green }) => green),
    [true],
  )
})

test('a link that is lost while a plan asks what else would happen: it is asked again', async ({ a, run }) => {
  let asked = 0
  a.fault = (script) => (script.includes('what else') && ++asked === 1 ? { dropAt: 1 } : undefined)
  const asking = { ...note('x', { text: '1' }) }
  const type = { ...asking.type, foresee: () => sh`: what else; echo more` }
  const { host, of } = await run.plan(
    clusterOf(
      ['a'],
      recipe('asking', () => [{ ...asking, type }]),
    ),
  )
  assert.equal([host('a').outcome, host('a').plan?.alsoInstalls, asked], ['planned', ['more'], 2])
  assert.is(of('retry').length, 1)
})

for (const times of [1, 3])
  test(`a link that is lost before the script arrives, ${times} times: it is sent again, under the lock`, async ({
    a,
    run,
  }) => {
    let sent = 0
    a.fault = (script) => (script.includes('setsid') && ++sent <= times ? { undelivered: true } : undefined)
    const { host, of } = await run.apply(clusterOf(['a'], simple('1')))
    assert.equal([host('a').outcome, host('a').reason, a.read('x')], ['changed', undefined, '1'])
    assert.equal([of('retry').length, sent], [times, times + 1])
    const taken = a.scripts.filter((script) => script.includes('run.owner') && script.includes('flock -n 7'))
    assert.is(taken.length, times + 1)
  })

test('a script of which only a part arrives is sent again, under the lock', async ({ a, run }) => {
  let sent = 0
  a.fault = (script) => (script.includes('setsid') && ++sent === 1 ? { takes: 10 } : undefined)
  const { host } = await run.apply(clusterOf(['a'], simple('1')))
  assert.equal([host('a').outcome, host('a').reason, a.read('x'), sent], ['changed', undefined, '1', 2])
})

test('a step may end with any status', async ({ run }) => {
  for (const status of [74, 75, 76, 130]) {
    const failing = recipe('failing', () => [note('x', { text: '1', before: sh`exit ${status}` })])
    const { host } = await run.apply(clusterOf(['a'], failing))
    assert.equal([host('a').outcome, host('a').reason], ['failed', `note x failed: exit ${status}.`])
  }
})

test('a script that never arrives is not sent for ever, and nothing was changed', async ({ a, run }) => {
  a.fault = (script) => (script.includes('setsid') ? { undelivered: true } : undefined)
  const { host } = await run.apply(clusterOf(['a'], simple('1')))
  assert.equal(
    [host('a').outcome, host('a').reason, a.read('x')],
    ['failed', 'the connection was lost each time before its script began; nothing was changed', undefined],
  )
})

test('a host that has rebooted before the script arrived is not taken for the same', async ({ a, run }) => {
  a.fault = (script) => {
    if (!script.includes('setsid')) return undefined
    setTimeout(() => rmSync(a.path('run/provision'), { recursive: true }), 10)
    return { undelivered: true }
  }
  const { host } = await run.apply(clusterOf(['a'], simple('1')))
  assert.match(host('a').reason ?? '', /^its script is gone: the host rebooted/)
})

test.run()
