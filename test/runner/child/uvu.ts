/**
 * uvu with immediate reports to the runner. uvu itself reports failures only after all tests, so never for a file that
 * is killed, and never reports a failed hook.
 */
import { inspect } from 'node:util'
import { type Callback, type Context, suite as realSuite, type Test } from 'uvu'
import { tell } from './report.ts'

export type { Callback, Context, Test } from 'uvu'
export { exec } from 'uvu'

/** A failure's text: the message, and the stack without Node's own frames. */
function explained(error: unknown): string {
  if (!(error instanceof Error)) return inspect(error)
  return inspect(error)
    .split('\n')
    .filter((line) => !/^\s+at .*\(?node:internal/.test(line))
    .join('\n')
}

/** Reports how a test ends. */
const reported =
  <T>(name: string, work: Callback<T>): Callback<T> =>
  async (context) => {
    try {
      await work(context)
    } catch (error) {
      tell({ kind: 'failed', what: name, error: explained(error) })
      throw error
    }
    tell({ kind: 'passed' })
  }

/** Reports a failed hook. */
const complain = (what: string, error: unknown): void => {
  console.log(`${what} failed: ${explained(error)}`)
  tell({ kind: 'failed', what, error: explained(error) })
}

/** A suite like uvu's, except that every `after` hook runs, even if one before it fails. */
export function suite<T = Context>(title?: string, context?: T): Test<T> {
  const inner = realSuite<T>(title, context)
  const count = { tests: 0, only: 0, skipped: 0 }
  const add = (name: string, work: Callback<T>): void => {
    count.tests++
    inner(name, reported(name, work))
  }
  const only = (name: string, work: Callback<T>): void => {
    count.only++
    inner.only(name, reported(name, work))
  }
  const skip = (): void => void count.skipped++
  const before = (hook: Callback<T>): void =>
    inner.before(async (state) => {
      try {
        await hook(state)
      } catch (error) {
        complain(`a hook before the tests of "${title}"`, error)
        throw error // uvu then runs none of its tests
      }
    })
  const after = (hook: Callback<T>): void =>
    inner.after(async (state) => {
      try {
        await hook(state)
      } catch (error) {
        complain(`a hook after the tests of "${title}"`, error)
      }
    })
  const run = (): void => {
    const tests = count.only > 0 ? count.only : count.tests
    tell({ kind: 'suite', tests, skipped: count.skipped + (count.only > 0 ? count.tests : 0) })
    inner.after(() => tell({ kind: 'ended' }))
    inner.run()
  }
  return Object.assign(add, {
    ...{ only, skip, run },
    before: Object.assign(before, { each: inner.before.each }),
    after: Object.assign(after, { each: inner.after.each }),
  })
}

export const test = suite()
