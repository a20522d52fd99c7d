import { performance } from 'node:perf_hooks'
import { timeLimit } from '../../src/lib/wait/time-limit.ts'

/**
 * How many seconds anything is waited for. Only a failure takes as long: nothing passes sooner or later for it, so no
 * test needs a limit of its own. A busy machine may stall any process for seconds, several times in a row.
 */
export const PATIENCE = 180

/**
 * Waits until there is something to find; an exception counts as "not yet".
 * @param every milliseconds between two looks; longer, up to half a second, where a look takes longer: who waits must
 * not take the processor from what it waits for
 * @throws Error that names what is waited for, and the last reason
 */
export async function eventually<T>(what: string, look: () => Promise<T | undefined>, every = 100): Promise<T> {
  const isLast = timeLimit(PATIENCE * 1000)
  let why = ''
  for (;;) {
    const last = isLast()
    const began = performance.now()
    try {
      const found = await look()
      if (found !== undefined) return found
      why = ''
    } catch (error) {
      why = ` (${error instanceof Error ? error.message : error})`
    }
    if (last) throw new Error(`not within ${PATIENCE} s: ${what}${why}`)
    const pause = Math.max(every, Math.min(performance.now() - began, 500))
    await new Promise((resolve) => setTimeout(resolve, pause))
  }
}

/** Waits for a condition, as {@link eventually} does. */
export const until = async (what: string, is: () => boolean | Promise<boolean>, every = 5): Promise<void> =>
  void (await eventually(what, async () => ((await is()) ? true : undefined), every))

/** How the product says that somebody who is asked has not answered in time. */
const SILENT = /no answer (to .* )?within|does not answer within/

/**
 * What is said once all who are asked have answered: on a busy machine, a single answer may come too late, which is red
 * as well. What they answer is for the test to judge, at once.
 */
export const answered = <T>(look: () => Promise<T>): Promise<T> =>
  eventually(
    'everybody answers',
    async () => {
      const said = await look()
      if (SILENT.test(JSON.stringify(said))) throw new Error(JSON.stringify(said))
      return said
    },
    500,
  )
