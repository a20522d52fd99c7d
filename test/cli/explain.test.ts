import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { explain } from '../../src/cli/explain.ts'
import { UsageError } from '../../src/cli/usage-error.ts'
import { PlanFileError } from '../../src/engine/plan/plan-file.ts'
import { InventoryError, InventoryFileError, SelectionError } from '../../src/inventory/errors.ts'
import { ProjectError } from '../../src/project/error.ts'
import { SandboxError } from '../../src/sandbox/exec.ts'

const test = suite('cli explain')
const io = { env: { LANG: 'C.UTF-8' } }

const mistakes = [
  new UsageError('x'),
  new InventoryError('f', [{ path: 'a', message: 'x' }]),
  new InventoryFileError('x'),
  new SelectionError('x'),
  new ProjectError('x'),
  new PlanFileError('x'),
  new SandboxError('x'),
]
for (const error of mistakes) {
  test(`${error.name} is a mistake of the user's: no stack`, () => {
    const { code, text } = explain(error, io)
    assert.is(code, 3)
    assert.not.match(text, /\n {4}at /)
  })
}

test('anything else is a bug of ours: with its stack', () => {
  const { code, text } = explain(new TypeError('x is not a function'), io)
  assert.is(code, 70)
  assert.match(text, /^TypeError: x is not a function\n {4}at [\s\S]*This is a bug in provision/)
  assert.is(explain('thrown text', io).code, 70)
})

test('control characters in an error do not reach the terminal', () => {
  assert.is(explain(new UsageError('a\x1b[2Jb'), io).text, 'provision: a␛[2Jb\n')
})

test.run()
