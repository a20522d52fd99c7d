import { fits, type Lanes } from './plan.ts'
import type { Suite } from './suites.ts'

/** When to run more files than a machine has lanes: many files mostly wait. */
export interface Spare {
  /** The maximum lanes. */
  readonly lanes: Lanes
  /** The idle share of the processors' time since the last call. */
  readonly idle: () => number
  /** Seconds between two looks, in which a new file shows how much it needs. */
  readonly every: number
}

/** The idle share that permits one more file. */
const ENOUGH = 0.3

/**
 * Runs files in this order, as many at once as the machine's lanes permit; files that need hosts or parts start only
 * once `parts` is done. While processors are idle, each look starts one more, preferably one with hosts, because these
 * take longest. Once `stopped` is aborted, no file starts any more.
 */
export function inLanes(
  suites: readonly Suite[],
  lanes: Lanes,
  parts: Promise<void>,
  work: (suite: Suite) => Promise<void>,
  { spare, stopped }: { readonly spare?: Spare | undefined; readonly stopped?: AbortSignal } = {},
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
      (stopped?.aborted ? [] : waiting).filter(
        (suite) => (made || suite.kind === 'plain') && fits(suite, [...running], within),
      )
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
    stopped?.addEventListener('abort', () => clearInterval(timer))
    parts.then(() => (made = true)).then(pump, reject)
    pump()
  }).finally(() => clearInterval(timer))
}
