import type { Patience } from './http.ts'

/** The program's times, in milliseconds. */
export interface Times {
  /** Between two looks when nothing happens. */
  readonly reconcile: number
  /**
   * From an event to a look: several come together. A random part of it, at least a third: all slaves hear the same
   * events.
   */
  readonly debounce: number
  /** To the next look, where tasks of this slave are on their way up, or events do not come. */
  readonly pending: number
  /** To the next look, where one was not believed. */
  readonly confirm: number
  /**
   * Longest pause before Marathon or Consul is asked again; a dead address in the list delayed an attach past a new
   * leader's kills.
   */
  readonly backoff: number
  /** Without a byte, a stream is dead: Marathon sends an empty line every 10 s. */
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

/** A random part, at least a third: all slaves hear the same things at the same moment. */
export const part = (ms: number): number => ms * (1 / 3 + (Math.random() * 2) / 3)
