import { type App, hasHealthChecks } from '../../app/types.ts'
import { type Instance, lost } from '../instance.ts'
import { propose } from './proposition.ts'
import type { Scale, Wants } from './types.ts'

const same = (state: Scale): Wants<Scale> => ({ state, kill: [], start: 0 })

/**
 * Kills first; starts what is missing once those are gone. Instances that are there count whatever they are, scheduled
 * ones too.
 */
const go = (state: Scale, kill: readonly string[] = []): Wants<Scale> =>
  state.waiting.length > 0 || state.started
    ? { state, kill, start: 0 }
    : { state: { ...state, started: true }, kill, start: state.toStart }

export const begin = (
  app: App,
  instances: readonly Instance[],
  scaleTo: number,
  sentenced: readonly string[] = [],
): Wants<Scale> => {
  const { kill, start } = propose(app, instances, scaleTo, sentenced)
  const ids = kill.map((i) => i.id)
  return go({ app, waiting: ids, toStart: start, started: false, healthy: [], ready: [] }, ids)
}

const add = (list: readonly string[], id: string): readonly string[] => (list.includes(id) ? list : [...list, id])
const without = (list: readonly string[], id: string): readonly string[] => list.filter((other) => other !== id)

/** An instance of the app has changed. */
export const changed = (state: Scale, { id, version, condition, goal }: Instance): Wants<Scale> => {
  if (state.waiting.includes(id) && goal !== 'Running' && (lost(condition) || condition === 'Scheduled'))
    return go({ ...state, waiting: without(state.waiting, id) })
  if (version !== state.app.version) return same(state)
  if (lost(condition)) return same({ ...state, healthy: without(state.healthy, id), ready: without(state.ready, id) })
  if (condition !== 'Running' || hasHealthChecks(state.app)) return same(state)
  return same({
    ...state,
    healthy: add(state.healthy, id),
    ready: state.app.readinessChecks?.length ? state.ready : add(state.ready, id),
  })
}

export const becameHealthy = (state: Scale, id: string): Wants<Scale> =>
  same({
    ...state,
    healthy: add(state.healthy, id),
    ready: state.app.readinessChecks?.length ? state.ready : add(state.ready, id),
  })

export const becameReady = (state: Scale, id: string): Wants<Scale> => same({ ...state, ready: add(state.ready, id) })

/**
 * Nothing to start is done as soon as the killed ones are gone: so does a create that found no room "succeed" under a
 * new leader.
 */
export const done = ({ waiting, started, toStart, healthy, ready }: Scale): boolean =>
  started && waiting.length === 0 && (toStart === 0 || (healthy.length === toStart && ready.length === toStart))
