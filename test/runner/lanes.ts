import { fits, type Lanes } from './plan.ts'
import type { Suite } from './suites.ts'

/** When more files run side by side than a machine has lanes for: many wait for most of their time. */
export interface Spare {
  /** The lanes that there are at most. */
  readonly lanes: Lanes
  /** The share of the processors' time since it was asked last that nobody used. */
  readonly idle: () => number
  /** Seconds between two looks: what has been begun shows by then what it takes. */
  readonly every: number
}

/** The share of idle time that is enough for one file more. */
const ENOUGH = 0.3

/**
 * Runs files in this order, as many side by side as the machine's lanes let; those that need more than nothing only
 * once `parts` is done. While processors are idle, one more at each look: with hosts, which take longest, where one
 * waits.
 */
export function inLanes(
  suites: readonly Suite[],
  lanes: Lanes,
  parts: Promise<void>,
  work: (suite: Suite) => Promise<void>,
  spare?: Spare,
): Promise<void> {
  let timer: NodeJS.Timeout | undefined
  return new Promise<void>((resolve, reject) => {
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
    const ready = (within: Lanes): Suite[] =>
      waiting.filter((suite) => (made || suite.kind === 'plain') && fits(suite, [...running], within))
    const pump = (): void => {
      if (waiting.length === 0 && running.size === 0) return void resolve()
      for (;;) {
        const [next] = ready(lanes)
        if (next === undefined) return
        begin(next)
      }
    }
    const look = ({ lanes: most, idle }: Spare): void => {
      if (idle() < ENOUGH) return
      const may = ready(most)
      const next = may.find(({ kind }) => kind === 'hosts') ?? may[0]
      if (next !== undefined) begin(next)
    }
    if (spare !== undefined) timer = setInterval(() => look(spare), spare.every * 1000)
    parts.then(() => (made = true)).then(pump, reject)
    pump()
  }).finally(() => clearInterval(timer))
}
