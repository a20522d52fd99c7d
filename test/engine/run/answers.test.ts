import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { howItEnded } from '../../../src/engine/apply/outcome.ts'
import { TransportError } from '../../../src/transport/transport.ts'
import { clusterOf, note, recipe } from '../../support/toys.ts'
import { type Ctx, onTwoHosts, simple } from './ground.ts'

const test = suite<Ctx>('run: what hosts answer')
onTwoHosts(test)

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
  assert.match(host('b').reason ?? '', /^recipe "odd" \(run\/answers\.test\.ts, line \d+\): no such thing for b$/)
  assert.is(host('nowhere').reason, 'nowhere is not known')
  assert.is(result.exitCode, 1)
  a.refuse = new TransportError('sudo-refused', 'sudo says no')
  const again = await run.plan(clusterOf(['a', 'nowhere'], simple('1')))
  assert.equal([again.host('a').outcome, again.host('a').reason], ['failed', 'sudo says no'])
})

test('a host whose ProxyCommand ended is unreachable, as nothing was asked there', () => {
  const where = { leaving: false, phase: 'observing', applied: false, retires: false } as const
  assert.equal(howItEnded(new TransportError('proxy', 'x'), where), { outcome: 'unreachable', reason: 'x' })
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

test('a state that cannot be read for a moment, such as while another run changes it, is looked at again', async ({
  a,
  run,
}) => {
  for (const wrong of ['!\tInput/output error', undefined]) {
    let left = 1
    a.fault = (script) => {
      if (!script.includes('fin') || left-- !== 1) return undefined
      return { answer: (text) => text.replace(/^fleeting\t.*\n/m, wrong === undefined ? '' : `fleeting\t${wrong}\n`) }
    }
    const all = recipe('one', () => [note('fleeting', { text: wrong ?? 'none' })])
    const { host } = await run.apply(clusterOf(['a'], all))
    assert.equal([host('a').outcome, host('a').reason], ['changed', undefined])
    assert.ok(left < 1)
    assert.is(a.read('fleeting'), wrong ?? 'none')
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

test.run()
