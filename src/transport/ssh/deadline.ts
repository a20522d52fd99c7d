import { waitAtMost } from '../../lib/wait/at-most.ts'

/** A time limit for each phase of an operation; it pauses while the user or an agent is asked. */
export interface Deadline {
  /** A new phase starts, or the current one shows a sign of life: the limit is now in `ms`. */
  start(ms: number): void
  pause(): void
  resume(): void
  /** Removes the limit for good, even if something resumes later. */
  end(): void
}

/** Calls `late` when the current phase exceeds its limit. */
export function deadline(late: () => void): Deadline {
  let stopWaiting = (): void => undefined
  let limit: number | undefined
  let pauses = 0
  const run = (): void => {
    stopWaiting()
    if (limit !== undefined && pauses === 0) stopWaiting = waitAtMost(limit, late)
  }
  return {
    start(ms) {
      limit = ms
      run()
    },
    pause() {
      pauses += 1
      stopWaiting()
    },
    resume() {
      pauses -= 1
      run()
    },
    end() {
      limit = undefined
      stopWaiting()
    },
  }
}
