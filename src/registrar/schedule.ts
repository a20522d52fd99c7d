/** The time of the next look. */
export interface Schedule {
  /** Schedules a look in `ms` milliseconds, unless an earlier one is due. */
  poke(ms: number): void
  /** Resolves when a look is due (or on abort), and clears the schedule. */
  due(): Promise<void>
}

/** A schedule whose first look is due at once. */
export function schedule(signal: AbortSignal): Schedule {
  let at = 0
  let timer: NodeJS.Timeout | undefined
  let go = (): void => undefined
  const set = (): void => {
    clearTimeout(timer)
    if (at !== Number.POSITIVE_INFINITY) timer = setTimeout(() => go(), Math.max(0, at - performance.now()))
  }
  return {
    poke(ms) {
      at = Math.min(at, performance.now() + ms)
      set()
    },
    due: () =>
      new Promise((resolve) => {
        const done = (): void => {
          at = Number.POSITIVE_INFINITY
          go = () => undefined
          signal.removeEventListener('abort', done)
          clearTimeout(timer)
          resolve()
        }
        go = done
        signal.addEventListener('abort', done)
        if (signal.aborted) done()
        else set()
      }),
  }
}
