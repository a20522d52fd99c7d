import { fits, type Lanes } from './plan.ts'
import type { Suite } from './suites.ts'

/**
 * Runs files in this order, as many side by side as the machine's lanes let; those that need more than nothing only
 * once `parts` is done.
 */
export function inLanes(
  suites: readonly Suite[],
  lanes: Lanes,
  parts: Promise<void>,
  work: (suite: Suite) => Promise<void>,
): Promise<void> {
  return new Promise((resolve, reject) => {
    const waiting = [...suites]
    const running = new Set<Suite>()
    let made = false
    const begin = (suite: Suite): void => {
      waiting.splice(waiting.indexOf(suite), 1)
      running.add(suite)
      work(suite)
        .then(() => running.delete(suite))
        .then(pump, reject)
    }
    const pump = (): void => {
      if (waiting.length === 0 && running.size === 0) return void resolve()
      for (;;) {
        const next = waiting.find((suite) => (made || suite.kind === 'plain') && fits(suite, [...running], lanes))
        if (next === undefined) return
        begin(next)
      }
    }
    parts.then(() => (made = true)).then(pump, reject)
    pump()
  })
}
