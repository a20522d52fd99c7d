// What a run does on a host, step by step, and what it owes where that is cut off.
import { readdirSync, unlinkSync, writeFileSync } from 'node:fs'
import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { empty, type Script, sh } from '../../../src/shell/script.ts'
import { clusterOf, note, pack, recipe } from '../../support/toys.ts'
import { type Ctx, onTwoHosts, served, simple } from './ground.ts'

const test = suite<Ctx>('run: steps')
onTwoHosts(test)

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
  assert.is(a.scripts.length, 4, 'facts, look, lock and look, apply and look')
  assert.equal(
    readdirSync(a.path('run/provision')).filter((name) => /\.(log|stop)$/.test(name)),
    [],
  )
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

test('a failure before a service was ever started owes it no restart', async ({ a, run }) => {
  const first = await run.apply(clusterOf(['a'], served('1', { after: sh`exit 9` })))
  assert.equal([first.host('a').outcome, first.host('a').owed], ['failed', []])
  writeFileSync(a.path('between'), '1')
  writeFileSync(a.path('unit'), 'unit of 1')
  await run.apply(clusterOf(['a'], served('1')))
  assert.is(a.read('d.read'), '1unit of 1')
  // whoever stopped it owes the start
  unlinkSync(a.path('d.read'))
  const stopped = await run.apply(clusterOf(['a'], served('2', { after: sh`exit 9` })))
  assert.equal([stopped.host('a').outcome, stopped.host('a').owed], ['failed', []])
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
