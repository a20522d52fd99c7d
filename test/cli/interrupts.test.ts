import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { interrupts } from '../../src/cli/kit/interrupts.ts'

const test = suite('cli interrupts')
const state = ({ signal, leave }: ReturnType<typeof interrupts>): boolean[] => [signal.aborted, leave.aborted]

for (const name of ['SIGINT', 'SIGTERM'] as const) {
  test(`${name}: once stops, twice leaves`, () => {
    const given = interrupts()
    try {
      assert.equal(state(given), [false, false])
      process.emit(name)
      assert.equal(state(given), [true, false])
      process.emit(name)
      assert.equal(state(given), [true, true])
    } finally {
      given.dispose()
    }
  })
}

test('a terminal that is gone: leaves', () => {
  const given = interrupts()
  process.emit('SIGHUP')
  given.dispose()
  assert.equal(state(given), [true, true])
})

test('afterwards no listener is left', () => {
  const before = process.listenerCount('SIGINT')
  interrupts().dispose()
  assert.is(process.listenerCount('SIGINT'), before)
})

test.run()
