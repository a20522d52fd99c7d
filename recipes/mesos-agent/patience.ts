import { setTimeout as sleep } from 'node:timers/promises'
import { MarathonAwayError, MesosAwayError, timeLimit } from '../../src/index.ts'

/** The timeouts of draining, in milliseconds. */
export interface Patience {
  readonly poll: number
  /** For a failover of Marathon or of the masters. */
  readonly failover: number
  /** For a restart of their processes, if none answers. */
  readonly restart: number
  /** For tasks to start on other hosts. */
  readonly move: number
  /** For a registrar or consul-template that has just started. */
  readonly chain: number
  /**
   * For a drain to end once no task is left; then it is requested again, up to three times in all. After that, there is
   * nothing to wait for.
   */
  readonly drain: number
  /** For an agent to come back. */
  readonly back: number
}

/** The timeouts for real clusters. */
export const PATIENCE: Patience = {
  poll: 1000,
  failover: 30_000,
  restart: 10_000,
  move: 300_000,
  chain: 10_000,
  drain: 30_000,
  back: 300_000,
}

/** Waives the refusal of an outage of apps whose only task is on the host. */
export const OUTAGE = 'drain-outage'

/** A monotonic clock, in milliseconds. */
export const now = (): number => performance.now()
/** So many of something. */
export const plural = (n: number, word: string): string => `${n} ${n === 1 ? word : `${word}s`}`

/** Retries a request for as long as a failover or a restart may take. */
export async function patiently<T>(ask: () => Promise<T>, patience: Patience): Promise<T> {
  const [restart, failover] = [timeLimit(patience.restart), timeLimit(patience.failover)]
  for (;;) {
    const last = { restart: restart(), failover: failover() }
    try {
      return await ask()
    } catch (error) {
      if (!(error instanceof MesosAwayError || error instanceof MarathonAwayError)) throw error
      if (error.runs ? last.failover : last.restart) throw error
      await sleep(patience.poll)
    }
  }
}
