import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { awakeFunction } from '../../src/shell/awake.ts'
import { join, type Script, sh } from '../../src/shell/script.ts'
import { type Place, place } from '../support/run-local.ts'

const test = suite<{ at: Place }>('what talks to a network and may go to sleep')
test.before.each((context) => {
  context.at = place()
})
test.after.each((context) => context.at.remove())

/** How a command ends under it. */
const under = (at: Place, command: Script): readonly string[] =>
  at
    .run(join([awakeFunction(9), sh`status=0; awake ${at.path} ${command} || status=$?; echo "$status"`]))
    .trim()
    .split('\n')

test('one that does nothing is ended, with what it has started, and told before', ({ at }) => {
  const mark = `6${process.pid}`
  assert.equal(under(at, sh`sh -c ${`sleep ${mark} & sleep ${mark}`}`), ['sh has received nothing for 3 s', '124'])
  assert.is(at.run(sh`ps -eo args | grep -c ${`^sleep ${mark}`} || :`).trim(), '0')
})

test('one whose file grows is let go on, and ends as it ends', ({ at }) => {
  assert.equal(under(at, sh`sh -c ${`for i in 1 2 3 4 5 6 7 8; do sleep 1; echo x >>${at.path}/part; done; exit 3`}`), [
    '3',
  ])
})

test('its words are one word each, and its status is its own', ({ at }) => {
  assert.equal(under(at, sh`${['printf', '%s\n', 'a b', "it's"]}`), ['a b', "it's", '0'])
  assert.equal(under(at, sh`false`), ['1'])
})

test.run()
