import type { Patience } from './http.ts'

/** The registrar's intervals, in milliseconds. */
export interface Times {
  /** Between two looks without events. */
  readonly reconcile: number
  /**
   * From an event to a look, so that several events share one. Randomised, at least a third, because all slaves get the
   * same events.
   */
  readonly debounce: number
  /** Until the next look while tasks of this slave are starting, or events do not arrive. */
  readonly pending: number
  /** Until the next look after one that was not believed. */
  readonly confirm: number
  /**
   * The longest pause before retrying Marathon or Consul. With a longer one, a dead address in the list delayed
   * attaching until after a new leader's kills.
   */
  readonly backoff: number
  /** How long a stream may be silent before it counts as dead: Marathon sends an empty line every 10 s. */
  readonly silence: number
  readonly marathon: Patience
  readonly local: Patience
}

/** The times of production: connect, back-off and silence as measured against a real Marathon over its failovers. */
export const TIMES: Times = {
  reconcile: 30_000,
  debounce: 300,
  pending: 5000,
  confirm: 1000,
  backoff: 1500,
  silence: 25_000,
  marathon: { connect: 1000, answer: 5000 },
  local: { connect: 1000, answer: 5000 },
}

/** A random part of `ms`, at least a third: all slaves get the same events at the same moment. */
export const part = (ms: number): number => ms * (1 / 3 + (Math.random() * 2) / 3)
