/** The effect of ^C and similar signals on a run. */
export interface Interrupts {
  /** After the first signal: no new step starts. */
  readonly signal: AbortSignal
  /** After the second signal, or when the terminal is gone: the controller exits, and hosts finish their scripts. */
  readonly leave: AbortSignal
  /** Restores the signals' default handling. */
  dispose(): void
}

/**
 * Listens for SIGINT and SIGTERM (the first stops the run, the second leaves it, the third ends the process) and for
 * SIGHUP (leaves it).
 * @param also another signal that stops the run
 */
export function interrupts(also?: AbortSignal): Interrupts {
  const stop = new AbortController()
  const onAlso = (): void => stop.abort()
  if (also?.aborted) stop.abort()
  also?.addEventListener('abort', onAlso, { once: true })
  const leave = new AbortController()
  const onStop = (): void => {
    if (leave.signal.aborted) process.exit(130)
    if (stop.signal.aborted) leave.abort()
    else stop.abort()
  }
  const onHangup = (): void => {
    stop.abort()
    leave.abort()
  }
  process.on('SIGINT', onStop).on('SIGTERM', onStop).on('SIGHUP', onHangup)
  return {
    signal: stop.signal,
    leave: leave.signal,
    dispose() {
      also?.removeEventListener('abort', onAlso)
      process.off('SIGINT', onStop).off('SIGTERM', onStop).off('SIGHUP', onHangup)
    },
  }
}
