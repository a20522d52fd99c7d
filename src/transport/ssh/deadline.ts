/** A limit for each part of something; it does not run while a person or an agent is waited for. */
export interface Deadline {
  /** The next part begins, or another sign of life of this one has come: `ms` from now on. */
  start(ms: number): void
  pause(): void
  resume(): void
  /** No limit any more, whatever is resumed later. */
  end(): void
}

/** Calls `late` when the limit of the current part has passed. */
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
