/**
 * uvu with immediate reports to the runner. uvu itself reports failures only after all tests, so never for a file that
 * is killed, and never reports a failed hook.
 */
import { inspect } from 'node:util'
import { type Callback, type Context, suite as realSuite, type Test } from 'uvu'
import { endWithRunner, tell } from './report.ts'

endWithRunner()

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

/** Suites that have been started and have not ended. */
let running = 0
/** Seconds that a process may take to end after its tests: it holds a lane of the runner. */
const LINGER = Number(process.env.PROVISION_TEST_LINGER ?? 120)

/** Ends a process that goes on after its tests, and says what keeps it. */
function endLingering(): void {
  setTimeout(() => {
    if (running > 0) return
    tell({ kind: 'lingers', seconds: LINGER, open: process.getActiveResourcesInfo() })
    process.exit(1)
  }, LINGER * 1000).unref()
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
    running++
    inner.after(() => {
      tell({ kind: 'ended' })
      if (--running === 0) endLingering()
    })
    inner.run()
  }
  return Object.assign(add, {
    ...{ only, skip, run },
    before: Object.assign(before, { each: inner.before.each }),
    after: Object.assign(after, { each: inner.after.each }),
  })
}

export const test = suite()
