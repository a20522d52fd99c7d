import type { App } from '../../app/types.ts'
import type { Condition, Instance } from '../instance.ts'

/** What a scaling does: who is told to die, in order, and how many are started. */
export interface Proposition {
  readonly kill: readonly Instance[]
  readonly start: number
}

/** Who goes first; what waits for an offer, or has just failed, goes last of all. Health plays no part. */
const WEIGHTS: Partial<Record<Condition, number>> = { Unreachable: 1, Staging: 2, Starting: 3, Running: 4 }
const weight = ({ condition }: Instance): number => WEIGHTS[condition] ?? 5

const byDate = (app: App, a: number, b: number): number => (app.killSelection === 'YOUNGEST_FIRST' ? b - a : a - b)

const compare =
  (app: App) =>
  (a: Instance, b: Instance): number => {
    if (weight(a) !== weight(b)) return weight(a) - weight(b)
    if (a.condition === 'Staging' || a.condition === 'Starting') return byDate(app, a.since, b.since)
    if (a.activeSince === undefined || b.activeSince === undefined)
      return Number(b.activeSince === undefined) - Number(a.activeSince === undefined)
    return byDate(app, a.activeSince, b.activeSince)
  }

/** @param sentenced instances that are to go in any case, and before all others. */
export const propose = (
  app: App,
  instances: readonly Instance[],
  scaleTo: number,
  sentenced: readonly string[] = [],
): Proposition => {
  const there = instances.filter((i) => i.goal === 'Running' && i.condition !== 'UnreachableInactive')
  const first = there.filter((i) => sentenced.includes(i.id))
  const rest = there.filter((i) => !sentenced.includes(i.id)).sort(compare(app))
  const count = Math.max(there.length - scaleTo, first.length, 0)
  return { kill: [...first, ...rest].slice(0, count), start: Math.max(0, scaleTo - there.length + count) }
}
