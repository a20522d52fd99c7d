/** What an executor looks after: a container or a process. */
export interface Workload {
  /**
   * Resolves once it runs, with the data and the address that are told with that. @throws where it does not come to
   * run; `ended` says how it ended
   */
  running(): Promise<{ readonly data?: string; readonly ip?: string }>
  /** Resolves with the words for its end, and whether that was a success. */
  readonly ended: Promise<{ readonly ok: boolean; readonly message: string }>
  /** Asks it to end, and forces it to after `graceMs`. */
  kill(graceMs: number): void
  /** Runs a command beside it: in its network, and with `inside` in its file system. Gives how that ended. */
  beside(
    command: readonly string[],
    inside: boolean,
    timeoutMs: number,
  ): Promise<{ readonly code: number; readonly stdout: string }>
}

/** Waits so many milliseconds. */
export const pause = (ms: number): Promise<void> => new Promise((resolve) => setTimeout(resolve, ms))
