import { existsSync, readFileSync } from 'node:fs'
import { userInfo } from 'node:os'
import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { command } from '../../src/resources/command.ts'
import { sh } from '../../src/shell/script.ts'
import { Secret } from '../../src/shell/secret.ts'
import { changesOf, converge, inSync, plan } from '../support/loop.ts'
import { type Place, place } from '../support/run-local.ts'

const test = suite<{ at: Place }>('command on this machine')
test.before.each((context) => {
  context.at = place()
})
test.after.each((context) => context.at.remove())

test('creates: runs once', ({ at }) => {
  const made = `${at.path}/it's made`
  const all = [command('make', { run: ['touch', made], creates: made }), command('second', { run: sh`echo one; echo two`, creates: '/' })]
  const [change] = changesOf(converge(at.run, all)[0])
  assert.is(change?.text, `runs touch '${made.replace("'", "'\\''")}'`)
  assert.ok(inSync(at.run, all))
})

test('unless: its own probe, in its directory, told apart from its neighbours', ({ at }) => {
  const one = command('one', { run: sh`echo 1 >a`, unless: sh`grep -q 1 a`, cwd: at.path })
  const two = command('two', { run: ['touch', 'b'], unless: ['test', '-e', 'b'], cwd: at.path })
  const missing = command('three', { run: ['true'], unless: ['no-such-program-at-all'] })
  assert.equal(
    plan(at.run, [one, two, missing]).map((p) => changesOf(p).length),
    [1, 1, 1],
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
    /its probe ended with 137/,
  )
})

test('a failure stops its script', ({ at }) => {
  const path = `${at.path}/reached`
  for (const extra of [{}, { timeout: 5 }])
    assert.throws(() => converge(at.run, [command('x', { run: sh`false; touch ${path}`, creates: path, ...extra })]), /status 1/)
  assert.not.ok(existsSync(path))
})

test('a timeout ends it', ({ at }) => {
  assert.throws(() => converge(at.run, [command('x', { run: sh`sleep 30`, creates: '/nowhere', timeout: 0.2 })]), /status 124/)
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
