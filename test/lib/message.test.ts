import { runInNewContext } from 'node:vm'
import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { codeOf, isFileError, message } from '../../src/lib/message.ts'

const test = suite('lib/message')

const thrown = (make: string): unknown => runInNewContext(make)

for (const [what, error, says, code] of [
  ['an error', Object.assign(new Error('gone'), { code: 'ENOENT' }), 'gone', 'ENOENT'],
  [
    'an error of another realm, as node:vm throws it',
    thrown("Object.assign(new TypeError('late'), { code: 'ERR_SCRIPT_EXECUTION_TIMEOUT' })"),
    'late',
    'ERR_SCRIPT_EXECUTION_TIMEOUT',
  ],
  ['an error without words', new RangeError(), 'RangeError without a message', undefined],
  ['a code that is a number', Object.assign(new Error('no'), { code: 5 }), 'no', undefined],
  ['a text', 'no', 'no', undefined],
  ['an object', { code: 'ENOENT' }, "{ code: 'ENOENT' } was thrown, which is not an error", undefined],
] as const)
  test(`${what}: its words and its code`, () => assert.equal([message(error), codeOf(error)], [says, code]))

test("an error about a file is one in node:vm's realm, too", () =>
  assert.equal(
    [thrown("Object.assign(new Error('x'), { syscall: 'open' })"), thrown("new Error('x')")].map(isFileError),
    [true, false],
  ))

test.run()
