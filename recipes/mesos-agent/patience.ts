import { setTimeout as sleep } from 'node:timers/promises'
import { MarathonAwayError, MesosAwayError } from '../../src/index.ts'

/** How patient draining is, in milliseconds. */
export interface Patience {
  readonly poll: number
  /** For a failover of Marathon or of the masters. */
  readonly failover: number
  /** For a process of theirs that is started again, where none answers. */
  readonly restart: number
  /** For tasks that shall come up on other hosts. */
  readonly move: number
  /** For a registrar or a consul-template that is started just now. */
  readonly chain: number
  /**
   * For a drain to end when no task is left; then it is asked for again, three times in all. Then there is nothing to
   * wait for.
   */
  readonly drain: number
  /** For an agent that comes back. */
  readonly back: number
}

/** How patient it is with real clusters. */
export const PATIENCE: Patience = {
  poll: 1000,
  failover: 30_000,
  restart: 10_000,
  move: 300_000,
  chain: 10_000,
  drain: 30_000,
  back: 300_000,
}

/** The name that accepts an outage of apps whose only task is on the host. */
export const OUTAGE = 'drain-outage'

/** Milliseconds, monotonic. */
export const now = (): number => performance.now()
/** So many of something. */
export const plural = (n: number, word: string): string => `${n} ${n === 1 ? word : `${word}s`}`

/** Answers of somebody who may be failing over, or starting again: asked again for as long as that may take. */
export async function patiently<T>(ask: () => Promise<T>, patience: Patience): Promise<T> {
  const began = now()
  for (;;) {
    try {
      return await ask()
    } catch (error) {
      if (!(error instanceof MesosAwayError || error instanceof MarathonAwayError)) throw error
      if (now() - began >= (error.runs ? patience.failover : patience.restart)) throw error
      await sleep(patience.poll)
    }
  }
}
