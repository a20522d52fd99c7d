import { rmSync, writeFileSync } from 'node:fs'
import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import * as v from 'valibot'
import { makeCluster } from '../../src/inventory/make-cluster.ts'
import { defineResource } from '../../src/model/define-resource.ts'
import { empty, type Script, sh } from '../../src/shell/script.ts'
import { reveal, Secret } from '../../src/shell/secret.ts'
import { TransportError } from '../../src/transport/transport.ts'
import { type FakeHost, fakeHost } from '../support/fake-host.ts'
import { runner } from '../support/runs-of.ts'
import { clusterOf, daemon, host, note, pack, recipe, role } from '../support/toys.ts'

interface Ctx {
  a: FakeHost
  b: FakeHost
  run: ReturnType<typeof runner>
}
const test = suite<Ctx>('run')
test.before.each((ctx) => {
  ctx.a = fakeHost()
  ctx.b = fakeHost()
  ctx.run = runner({ a: ctx.a, b: ctx.b })
})
test.after.each((ctx) => {
  ctx.a.remove()
  ctx.b.remove()
})

const simple = (text: string) => recipe('simple', () => [note('x', { text }), note('y', { text: 'fixed' })])
/** Config, package, unit and a service that restarts on all of them. */
const served = (text: string, hooks: { before?: Script; after?: Script; restarting?: Script } = {}) => {
  const { restarting, ...around } = hooks
  const config = note('config', { text, ...around })
  const unit = note('unit', { text: `unit of ${text}` })
  return recipe('served', () => [
    config,
    note('between', { text }),
    unit,
    daemon('d', { reads: ['config', 'unit'], restartOn: [config, unit], ...(restarting ? { restarting } : {}) }),
  ])
}

test('first contact costs two execs, a no-op one connection and one exec', async ({ a, run }) => {
  const cluster = clusterOf(['a'], simple('1'))
  const first = await run.plan(cluster)
  assert.is(first.result.exitCode, 2)
  assert.equal([first.host('a').cost.connections, first.host('a').cost.execs], [1, 2])
  assert.is(a.read('x'), undefined, 'plan changes nothing')
  assert.is((await run.apply(cluster)).host('a').outcome, 'changed')
  assert.is(a.read('x'), '1')
  a.scripts.length = 0
  for (const command of ['plan', 'apply'] as const) {
    const noop = await run[command](cluster)
    assert.is(noop.host('a').outcome, 'in-sync')
    assert.is(noop.result.exitCode, 0)
    assert.equal([noop.host('a').cost.connections, noop.host('a').cost.execs], [1, 1])
  }
  assert.is(a.scripts.length, 2)
})

test('a change: steps in order, told as they go, looked at again', async ({ a, run }) => {
  const one = recipe('one', () => [pack('p', {}), pack('q', {}), pack('r', {}), note('x', { text: '1' })])
  const { host, of } = await run.apply(clusterOf(['a'], one))
  assert.equal([host('a').outcome, host('a').steps, host('a').reason, host('a').owed], ['changed', 4, undefined, []])
  assert.equal(
    of('step').map((e) => [e.index, e.of, e.resource]),
    [
      [0, 4, 'pack p'],
      [3, 4, 'note x'],
    ],
  )
  assert.equal(
    of('step-done').map((e) => e.index),
    [0, 3],
  )
  assert.equal(
    of('output').map((e) => e.line),
    ['installing p q r'],
  )
  assert.is(of('verifying').length, 1)
  assert.is(a.scripts.length, 5, 'facts, look, lock and look, apply, look')
})

test('a failing step: the rest is not done, its output is kept, groups before it count', async ({ a, run }) => {
  const one = recipe('one', () => [
    pack('p', {}),
    pack('q', {}),
    note('x', { text: '1', before: sh`echo one; printf '\033[31mtwo\033[0m\n'; exit 7` }),
    note('y', { text: '1' }),
  ])
  const { host, of, result } = await run.apply(clusterOf(['a'], one))
  assert.equal(
    [host('a').outcome, host('a').reason, host('a').output, host('a').steps],
    ['failed', 'note x failed: exit 7.', ['one', 'two'], 2],
  )
  assert.equal(
    of('step-failed').map((e) => e.index),
    [2],
  )
  assert.is(a.read('y'), undefined)
  assert.is(result.exitCode, 1)
})

test('a script that is killed: the last words of the step that was under way are kept', async ({ run }) => {
  const one = recipe('one', () => [note('x', { text: '1', before: sh`echo out of memory >&2; kill -9 0` })])
  const { host } = await run.apply(clusterOf(['a'], one))
  assert.equal([host('a').reason, host('a').output], ['its script was killed before it finished', ['out of memory']])
})

test('what does not converge is a failure that names it', async ({ run }) => {
  const one = recipe('one', () => [note('x', { text: '1', after: sh`echo drift >x` })])
  const { host } = await run.apply(clusterOf(['a'], one))
  assert.is(host('a').outcome, 'failed')
  assert.match(host('a').reason ?? '', 'did not converge: note x: other text')
})

test('what a step draws along is given time to come back by itself', async ({ a, run }) => {
  const bystander = note('other', { text: '1' })
  const recipes = (text: string, after: Script) => recipe('one', () => [bystander, note('x', { text, after })])
  await run.apply(clusterOf(['a'], recipes('1', empty)))
  // as a daemon that ends with another one and is started anew by systemd: outside of the script, a moment later
  const gone = sh`printf away >other; (sleep 1.5; printf 1 >other) >/dev/null 2>&1 &`
  const { host } = await run.apply(clusterOf(['a'], recipes('2', gone)))
  assert.equal([host('a').outcome, host('a').reason], ['changed', undefined])
  assert.is(a.read('other'), '1')
})

test('a restart is owed from before the first input changes until it has succeeded', async ({ a, run }) => {
  await run.apply(clusterOf(['a'], served('1')))
  assert.is(a.read('d.read'), '1unit of 1')
  // the whole script is killed, in the middle of the plan
  for (const [hooks, owed] of [
    [{ before: sh`kill -9 0` }, 'restart\n'],
    [{ after: sh`kill -9 0` }, 'restart\n'],
    [{ restarting: sh`kill -9 0` }, 'restart\n'],
  ] as const) {
    const { host } = await run.apply(clusterOf(['a'], served('2', hooks)))
    assert.equal(
      [host('a').outcome, host('a').reason, host('a').owed],
      ['failed', 'its script was killed before it finished', ['d']],
    )
    assert.is(a.read('var/lib/provision/d.owed'), owed)
  }
  const { host } = await run.apply(clusterOf(['a'], served('2')))
  assert.is(host('a').outcome, 'changed')
  assert.is(a.read('d.read'), '2unit of 2')
  assert.is(a.read('var/lib/provision/d.owed'), undefined)
})

test('a failure between config and restart: named as owed, done by the next run', async ({ a, run }) => {
  await run.apply(clusterOf(['a'], served('1')))
  const failed = await run.apply(clusterOf(['a'], served('2', { after: sh`exit 9` })))
  assert.equal([failed.host('a').outcome, failed.host('a').owed], ['failed', ['d']])
  assert.is(a.read('d.read'), '1unit of 1')
  writeFileSync(a.path('between'), '2')
  writeFileSync(a.path('unit'), 'unit of 2')
  const { host } = await run.apply(clusterOf(['a'], served('2')))
  assert.equal(
    [host('a').outcome, host('a').plan?.steps.map((s) => s.changes[0]?.text)],
    ['changed', ['restart: owed']],
  )
  assert.is(a.read('d.read'), '2unit of 2')
})

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
  assert.equal(seen, [
    [true, ['note x']],
    [true, ['note x']],
  ])
  assert.is((await run.apply(clusterOf(['a'], one), { allow: ['one'] })).host('a').outcome, 'changed')
  seen.length = 0
  assert.is((await run.apply(clusterOf(['a'], one))).host('a').outcome, 'in-sync')
  assert.equal(seen, [])
  assert.is(a.read('x'), '1')
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

test('apply is held to a plan file: equal is applied, anything else is refused with the difference', async ({
  a,
  run,
}) => {
  const { result } = await run.plan(clusterOf(['a', 'b'], simple('1')))
  const planFile = JSON.parse(JSON.stringify(result.planFile)) // as it is read from disk
  writeFileSync(a.path('y'), 'by hand')
  const held = await run.apply(clusterOf(['a', 'b'], simple('1')), { planFile })
  assert.equal([held.host('a').outcome, held.host('b').outcome], ['refused', 'changed'])
  assert.match(held.host('a').reason ?? '', /Review a new plan\.\n- note y: new\n\+ note y: other text/)
  assert.is(a.read('x'), undefined)
  const changed = clusterOf(['a', 'b'], simple('2'))
  const other = await run.apply(changed, { planFile, hosts: [changed.host('b')] })
  assert.is(other.host('b').outcome, 'refused')
  assert.throws(
    () => run.apply(clusterOf(['b'], simple('2')), { planFile }),
    /^the plan has hosts that are not \(or no longer\) in the inventory, a: make a new plan$/,
  )
})

test('a plan file covers only its hosts, and content that the text does not show', async ({ a, run }) => {
  const secret = (value: string) => recipe('secret', () => [note('s', { text: new Secret(value) })])
  const { result } = await run.plan(clusterOf(['a'], secret('first-value')))
  const { planFile } = result
  assert.not.match(JSON.stringify(planFile), 'first-value')
  const other = await run.apply(clusterOf(['a', 'b'], secret('other-value')), { planFile: planFile as never })
  assert.equal(
    other.result.hosts.map((h) => [h.host, h.outcome]),
    [['a', 'refused']],
  )
  assert.match(other.host('a').reason ?? '', 'with other content')
  assert.is(a.read('s'), undefined)
})

test('what changes between look and lock is seen under the lock, shown, and applied', async ({ a, run }) => {
  const one = recipe('one', () => [note('x', { text: '1' }), note('y', { text: '1' })])
  await run.plan(clusterOf(['a'], one))
  a.fault = (script) => {
    if (script.includes('run.lock')) writeFileSync(a.path('x'), '1')
    return undefined
  }
  const { host, of } = await run.apply(clusterOf(['a'], one))
  assert.equal([host('a').outcome, host('a').steps], ['changed', 1])
  assert.equal(
    of('plan').map((e) => e.plan.steps.length),
    [2, 1],
  )
})

/** Something that cannot be observed once there is a file `burning`. */
const disk = defineResource<v.GenericSchema<object, object>, object, string>({
  name: 'disk',
  properties: v.object({}),
  observe: () => sh`[ ! -e burning ] || { echo 'disk on fire' >&2; exit 5; }; printf 'd\tnone\n'`,
  parse: () => 'absent',
  diff: () => [{ action: 'create', text: 'new' }],
  apply: () => sh`:`,
})

const wrongUnderTheLock: readonly (readonly [string, (a: FakeHost) => void, string])[] = [
  [
    'a probe that fails',
    (a) => writeFileSync(a.path('burning'), ''),
    'disk: its state cannot be read: disk on fire (exit 5)',
  ],
  [
    'the lock itself that cannot be',
    (a) => {
      rmSync(a.path('run/provision'), { recursive: true, force: true })
      writeFileSync(a.path('run/provision'), '')
    },
    'its run lock cannot be taken: ',
  ],
]
for (const [name, befalls, reason] of wrongUnderTheLock)
  test(`what goes wrong under the lock is told with its complaint: ${name}`, async ({ a, run }) => {
    const cluster = clusterOf(
      ['a'],
      recipe('one', () => [note('x', { text: '1' }), disk('d', {})]),
    )
    await run.plan(cluster)
    a.fault = (script) => void (script.includes('run.lock') && befalls(a)) as undefined
    const { host } = await run.apply(cluster)
    assert.is(host('a').outcome, 'failed')
    assert.match(host('a').reason ?? '', reason)
    assert.match(host('a').reason ?? '', /disk on fire|not a directory|cannot create/i)
    assert.is(a.read('x'), undefined)
  })

test('facts that a recipe uses have changed: it is evaluated and observed again', async ({ a, run }) => {
  const uses = recipe('uses', (h) => [note('x', { text: `${h.facts.hostname} ${h.facts.cpus}` })])
  await run.apply(clusterOf(['a'], uses))
  const right = run.facts.known.a as NonNullable<(typeof run.facts.known)['a']>
  run.facts.known.a = { ...right, memory: 1 }
  assert.equal((await run.plan(clusterOf(['a'], uses))).host('a').cost.execs, 1, 'a fact that nobody uses')
  assert.equal(run.facts.known.a, right)
  run.facts.known.a = { ...right, cpus: right.cpus + 1 }
  const { host } = await run.plan(clusterOf(['a'], uses))
  assert.equal([host('a').outcome, host('a').cost.execs], ['in-sync', 2])
  assert.equal(run.facts.known.a, right)
  assert.ok(a.read('x'))
})

test('cached facts with which a recipe cannot be evaluated are read anew', async ({ run }) => {
  const picky = recipe('picky', (h) => {
    if (h.facts.os === 'plan9') throw new Error('plan9 is not known')
    return [note('x', { text: '1' })]
  })
  await run.plan(clusterOf(['a'], picky))
  run.facts.known.a = { ...(run.facts.known.a as object), os: 'plan9' } as never
  assert.is((await run.plan(clusterOf(['a'], picky))).host('a').outcome, 'planned')
})

test("one bad host never takes the others' results along", async ({ a, run }) => {
  const cluster = clusterOf(
    ['a', 'b', 'nowhere'],
    recipe('odd', (h) => {
      if (h.name === 'b') throw new Error('no such thing for b')
      return [note('x', { text: '1' })]
    }),
  )
  const { host, result } = await run.apply(cluster)
  assert.equal(
    result.hosts.map((h) => [h.host, h.outcome]),
    [
      ['a', 'changed'],
      ['b', 'failed'],
      ['nowhere', 'unreachable'],
    ],
  )
  assert.match(host('b').reason ?? '', /^recipe "odd" \(engine\/run\.test\.ts, line \d+\): no such thing for b$/)
  assert.is(host('nowhere').reason, 'nowhere is not known')
  assert.is(result.exitCode, 1)
  a.refuse = new TransportError('sudo-refused', 'sudo says no')
  const again = await run.plan(clusterOf(['a', 'nowhere'], simple('1')))
  assert.equal([again.host('a').outcome, again.host('a').reason], ['failed', 'sudo says no'])
})

test('only unreachable hosts: exit code 4', async ({ run }) => {
  assert.is((await run.apply(clusterOf(['a', 'nowhere'], simple('1')))).result.exitCode, 4)
})

test('what a probe cannot say is an error of the host, never "absent"', async ({ a, run }) => {
  const cases = [
    ['broken-disk', 'note broken-disk: its state cannot be read: Input/output error'],
    ['lost-name', 'note lost-name: its probe said nothing about it'],
  ] as const
  for (const [name, reason] of cases) {
    const { host } = await run.apply(
      clusterOf(
        ['a'],
        recipe('one', () => [note('x', { text: '1' }), note(name, { text: '1' })]),
      ),
    )
    assert.equal([host('a').outcome, host('a').reason], ['failed', reason])
    assert.is(a.read('x'), undefined)
  }
})

test('a hostile host: cut answers, other nonces, floods and silence are errors of that host alone', async ({
  a,
  b,
  run,
}) => {
  const cluster = clusterOf(['a', 'b'], simple('1'))
  await run.apply(cluster)
  b.fault = () => undefined
  const cases: readonly [string, (text: string) => string, RegExp][] = [
    ['cut', (text) => text.slice(0, text.length / 2), /cut short|did not print/],
    ['empty', () => '', /cut short/],
    ['other nonce', (text) => text.replace(/[0-9a-f]{18}/g, '0'.repeat(18)), /cut short/],
    ['escape sequences', (text) => `\x1b[2J${text.slice(0, 40)}`, /cut short/],
  ]
  for (const [name, answer, reason] of cases) {
    a.fault = () => ({ answer })
    const { result, host } = await run.plan(cluster)
    assert.equal(
      result.hosts.map((h) => h.outcome),
      ['failed', 'in-sync'],
      name,
    )
    assert.match(host('a').reason ?? '', reason, name)
  }
  a.fault = () => ({ dropAt: 30 })
  assert.equal(
    (await run.plan(cluster)).result.hosts.map((h) => h.outcome),
    ['unreachable', 'in-sync'],
  )
})

test('a secret reaches the host and nothing else', async ({ a, run }) => {
  const value = "c4n4ry'\nline-two-of-it"
  const one = recipe('one', () => [
    note('open', { text: 'harmless' }),
    note('s', {
      text: new Secret(value),
      before: sh`echo "about to write:" ${new Secret(value)}; echo ${new Secret(value)} >&2; exit 3`,
    }),
  ])
  writeFileSync(a.path('open'), `password=${value}`) // once it was written here in the open
  const planned = await run.plan(clusterOf(['a'], one), { script: true })
  const applied = await run.apply(clusterOf(['a'], one))
  assert.is(applied.host('a').outcome, 'failed')
  assert.match(JSON.stringify(applied.of('output')), '‹secret›')
  assert.match(planned.host('a').script ?? '', '‹secret›')
  for (const told of [planned, applied])
    assert.not.match(JSON.stringify([told.events, told.result]), /c4n4ry|line-two-of-it/)
})

test('the sh of a plan: what is asked, of hosts in sync as well, and what would run', async ({ run }) => {
  const one = recipe('one', () => [note('n', { text: 'x' }), note('secret', { text: new Secret('c4n4ry') })])
  const planned = (await run.plan(clusterOf(['a'], one), { script: true })).host('a')
  assert.match(planned.probes ?? '', /^# facts\n/)
  assert.match(planned.probes ?? '', /\n# note\n[\s\S]*\bn\b[\s\S]*\bsecret\b/)
  assert.not.match(planned.probes ?? '', 'c4n4ry')
  assert.ok(planned.script)
  await run.apply(clusterOf(['a'], one))
  const { probes, script, outcome } = (await run.plan(clusterOf(['a'], one), { script: true })).host('a')
  assert.equal([outcome, probes, script], ['in-sync', planned.probes, undefined])
  const { probes: unasked } = (await run.plan(clusterOf(['a'], one))).host('a')
  assert.is(unasked, undefined)
})

test('a secret in what a recipe throws is not shown, whatever the recipe did', async ({ run }) => {
  const secret = new Secret('c4n4ry-of-vars')
  const thrower = recipe('thrower', (host) => {
    throw new Error(`cannot use ${reveal((host.vars.thrower as { key: Secret }).key)}`)
  })
  const { events, host } = await run.plan(clusterOf(['a'], thrower, { thrower: { key: secret } }))
  assert.match(host('a').reason ?? '', /^recipe "thrower".*: cannot use ‹secret›$/)
  assert.not.match(JSON.stringify(events), 'c4n4ry')
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

test('a clock that is off is refused, unless waived', async ({ a, run }) => {
  a.fault = () => ({ answer: (text) => text.replace(/^clock\t\d+$/m, 'clock\t1000000000') })
  const { host } = await run.plan(clusterOf(['a'], simple('1')))
  assert.is(host('a').outcome, 'failed')
  assert.match(host('a').reason ?? '', /its clock is \d+ s behind this machine's.*--allow clock/)
  assert.is((await run.plan(clusterOf(['a'], simple('1')), { allow: ['clock'] })).host('a').outcome, 'planned')
})

test('100 000 lines of output: all pass by, bounded', async ({ run }) => {
  const one = recipe('one', () => [
    note('x', { text: '1', before: sh`seq 1 20000; head -c 300000 /dev/zero | tr '\0' z; echo` }),
  ])
  let longest = 0
  let count = 0
  const { host } = await run.apply(clusterOf(['a'], one), {
    onEvent: (e) => {
      if (e.event !== 'output') return
      count += 1
      longest = Math.max(longest, e.line.length)
    },
  })
  assert.is(host('a').outcome, 'changed')
  assert.is(longest, 4096)
  assert.is(count, 20001)
})

test.run()
