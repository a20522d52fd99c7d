import type { Nanoseconds } from './proto.ts'

/** Seconds since 1970, as Mesos gives its times. */
export const now = (): number => Date.now() / 1000

/** Seconds since 1970 as v1 gives them. JSON has no room for all digits of it: a real one loses some as well. */
export const nanoseconds = (seconds: number): Nanoseconds => ({ nanoseconds: Math.round(seconds * 1000) * 1e6 })

/** Mesos counts scalars in thousandths, so that sums come out even. */
export const thousandths = (value: number): number => Math.round(value * 1000) / 1000
