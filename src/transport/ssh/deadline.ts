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
  let timer: NodeJS.Timeout | undefined
  let limit: number | undefined
  let pauses = 0
  const run = (): void => {
    clearTimeout(timer)
    if (limit !== undefined && pauses === 0) timer = setTimeout(late, limit)
  }
  return {
    start(ms) {
      limit = ms
      run()
    },
    pause() {
      pauses += 1
      clearTimeout(timer)
    },
    resume() {
      pauses -= 1
      run()
    },
    end() {
      limit = undefined
      clearTimeout(timer)
    },
  }
}
