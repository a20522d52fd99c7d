import { existsSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { userInfo } from 'node:os'
import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import type { Resource } from '../../../src/model/resource.ts'
import { command } from '../../../src/resources/command.ts'
import { type Script, sh } from '../../../src/shell/script.ts'
import { Secret } from '../../../src/shell/secret.ts'
import { changesOf, converge, inSync, plan } from '../../support/loop.ts'
import { type Place, place } from '../../support/run-local.ts'

const test = suite<{ at: Place }>('command on this machine')
test.before.each((context) => {
  context.at = place()
})
test.after.each((context) => context.at.remove())

test('creates: runs once', ({ at }) => {
  const made = `${at.path}/it's made`
  const all = [
    command('make', { run: ['touch', made], creates: made }),
    command('second', { run: sh`echo one; echo two`, creates: '/' }),
  ]
  const [change] = changesOf(converge(at.run, all)[0])
  assert.is(change?.to, `touch '${made.replace("'", "'\\''")}'`)
  assert.ok(inSync(at.run, all))
})

test('unless: its own probe, in its directory, told apart from its neighbours', ({ at }) => {
  const one = command('one', { run: sh`echo 1 >a`, unless: sh`grep -q 1 a`, cwd: at.path })
  const two = command('two', { run: ['touch', 'b'], unless: ['test', '-e', 'b'], cwd: at.path })
  const missing = command('three', { run: ['true'], unless: ['no-such-program-at-all'] })
  assert.equal(
    plan(at.run, [one, two, missing]).map((p) => changesOf(p).map(({ text }) => text)),
    [[undefined], [undefined], ['since the program of its unless is not there']],
  )
  converge(at.run, [two])
  assert.equal(
    plan(at.run, [one, two]).map((p) => changesOf(p).length),
    [1, 0],
  )
  converge(at.run, [one, two])
  assert.ok(inSync(at.run, [one, two]))
})

test('a probe that was killed is no answer', ({ at }) => {
  assert.throws(
    () => plan(at.run, [command('x', { run: ['true'], unless: sh`kill -9 $(sh -c 'echo $PPID')` })]),
    /its unless ended with 137/,
  )
})

test('a failure stops its script', ({ at }) => {
  const path = `${at.path}/reached`
  for (const extra of [{}, { timeout: 5 }])
    assert.throws(
      () => converge(at.run, [command('x', { run: sh`false; touch ${path}`, creates: path, ...extra })]),
      /status 1/,
    )
  assert.not.ok(existsSync(path))
})

test('creates: what a run that failed or was killed has made does not count', ({ at }) => {
  const path = `${at.path}/it's half`
  const make = (end: Script, extra = {}) =>
    command('make', { run: sh`echo half >${path}; ${end}; echo whole >${path}`, creates: path, ...extra })
  const says = () => changesOf(plan(at.run, [make(sh`:`)])[0]).map(({ text = '' }) => text.replace(/\(.*/, ''))
  const incomplete = [`since its last run did not succeed, and ${path} may be incomplete `]
  const ways: readonly (readonly [end: Script, extra?: object])[] = [
    [sh`exit 3`],
    [sh`false`],
    [sh`sleep 60`, { timeout: 0.2 }],
    [sh`kill -9 $(sh -c 'echo $PPID')`],
    // the whole step, as by a power cut
    [sh`kill -9 $$; exit 1`],
  ]
  for (const [end, extra] of ways) {
    assert.throws(() => converge(at.run, [make(end, extra)]))
    assert.is(readFileSync(path, 'utf8'), 'half\n', 'it is kept: it may be worth a look')
    assert.equal(says(), incomplete)
    converge(at.run, [make(sh`:`)])
    assert.is(readFileSync(path, 'utf8'), 'whole\n')
    assert.ok(inSync(at.run, [make(sh`:`)]))
    assert.equal(readdirSync(`${at.path}/../state`), ['blob'])
    rmSync(path)
  }
  // one that made nothing is just not done, and what somebody else makes later counts
  assert.throws(() => converge(at.run, [command('make', { run: sh`exit 3`, creates: path })]))
  assert.equal(readdirSync(`${at.path}/../state`), ['blob'])
  writeFileSync(path, 'by hand')
  assert.ok(inSync(at.run, [make(sh`:`)]))
})

test('a timeout ends it, and says so', ({ at }) => {
  for (const run of [sh`sleep 30`, sh`trap '' TERM; sleep 0.5; exit 124`])
    assert.throws(
      () => converge(at.run, [command('x', { run, creates: '/proc/nowhere', timeout: 0.2 })]),
      /status 124[\s\S]*was ended: it was not done after 0\.2 s, its timeout/,
    )
})

test('an unless that hangs is named, and no other is asked', ({ at }) => {
  const hanging = command('hangs', { run: ['true'], unless: sh`sleep 300` })
  const other = command('other', { run: ['true'], unless: ['true'] })
  const probe = (r: Resource) => ({ name: r.name, props: r.props as never })
  const script = command.type.observe([probe(hanging), probe(other)])
  const soon = { ...script, text: script.text.replaceAll("timeout -k '10' '60'", 'timeout -k 10 0.2') }
  assert.equal(at.run(soon).trim().split('\n'), [
    'hangs\t!\tits unless had not ended after 60 s',
    'other\t!\tits unless was not asked: another hangs',
  ])
})

test('a secret goes by standard input, and into no argument', ({ at }) => {
  const path = `${at.path}/out`
  const where = userInfo().uid === 0 ? [{}, { timeout: 5 }, { user: 'root' }] : [{}, { timeout: 5 }]
  for (const extra of where) {
    const wanted = command('x', {
      run: sh`read -r line; ps -eo args >${`${path}.ps`}; echo "got $line" >${path}`,
      unless: sh`false`,
      stdin: new Secret('hunter2\n'),
      ...extra,
    })
    converge(at.run, [wanted])
    assert.is(readFileSync(path, 'utf8'), 'got hunter2\n')
    assert.not.match(readFileSync(`${path}.ps`, 'utf8'), /hunter2/)
  }
  assert.throws(() => command('x', { run: ['curl', new Secret('s') as never], creates: '/x' }), /give it as stdin/)
})

test.run()
