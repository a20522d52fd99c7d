import { type App, hasHealthChecks } from '../../app/types.ts'
import { type Instance, lost } from '../instance.ts'
import type { Replace, Wants } from './types.ts'

/**
 * Healthy in the eyes of a rolling restart: only Mesos's own checks are seen. An app whose checks are Marathon's has no
 * healthy instance here, one without checks has no unhealthy one; a scheduled instance counts like any other.
 */
const healthyToMesos = (instance: Instance, spec: App | undefined): boolean =>
  spec === undefined || !hasHealthChecks(spec) || instance.healthy === true

/**
 * The order in which old instances go: unhealthy ones as they come, then the healthy ones from the last to the first.
 */
const killOrder = (old: readonly Instance[], healthy: (i: Instance) => boolean): string[] =>
  [...old.filter((i) => !healthy(i)), ...old.filter(healthy).reverse()].map((i) => i.id)

/**
 * How a rolling restart begins: how many old instances die at once, and how many instances there may be. What exceeds
 * the app's instances is surplus and dies whatever its health, which is how a leader change or a rollback in the middle
 * of a deployment costs healthy tasks.
 */
export const strategy = (
  app: App,
  current: number,
  healthy: number,
): { readonly kill: number; readonly maxCapacity: number } => {
  const minHealthy = Math.ceil(app.instances * app.upgradeStrategy.minimumHealthCapacity)
  const maxCapacity = Math.floor(app.instances * (1 + app.upgradeStrategy.maximumOverCapacity))
  const stuck = minHealthy === maxCapacity && maxCapacity <= healthy
  return {
    kill: Math.max(0, healthy - minHealthy, current - app.instances),
    maxCapacity: stuck ? maxCapacity + 1 : maxCapacity,
  }
}

const room = (state: Replace): number =>
  Math.max(0, Math.min(state.app.instances - state.started, state.maxCapacity - state.old.length - state.started))

/** As many new instances as there is room for. */
const launch = (state: Replace, kill: readonly string[] = []): Wants<Replace> => {
  const start = room(state)
  return { state: { ...state, started: state.started + start }, kill, start }
}

const nothing = (state: Replace): Wants<Replace> => ({ state, kill: [], start: 0 })

/**
 * Begins, or goes on after a leader change: what runs the new version already counts as started.
 * @param instances all of the app's, in the tracker's order.
 * @param specs the definition that each runs.
 */
export const begin = (
  app: App,
  instances: readonly Instance[],
  specs: (i: Instance) => App | undefined,
): Wants<Replace> => {
  const healthy = (i: Instance) => healthyToMesos(i, specs(i))
  const isNew = (i: Instance) => i.version === app.version
  const old = instances.filter((i) => !isNew(i) && i.goal === 'Running')
  const { kill, maxCapacity } = strategy(
    app,
    instances.length,
    instances.filter((i) => i.goal === 'Running' && healthy(i)).length,
  )
  const order = killOrder(old, healthy)
  const fresh = instances.filter(isNew)
  const state: Replace = {
    app,
    maxCapacity,
    old: old.map((i) => i.id),
    toKill: order.slice(kill),
    started: fresh.length,
    healthy: fresh.filter((i) => !hasHealthChecks(app) || i.healthy === true).map((i) => i.id),
    ready: fresh.filter(() => !app.readinessChecks?.length).map((i) => i.id),
  }
  return launch(state, order.slice(0, kill))
}

const add = (list: readonly string[], id: string): readonly string[] => (list.includes(id) ? list : [...list, id])
const without = (list: readonly string[], id: string): readonly string[] => list.filter((other) => other !== id)
const gone = (state: Replace, id: string): Replace => ({
  ...state,
  old: without(state.old, id),
  healthy: without(state.healthy, id),
  ready: without(state.ready, id),
})

/** A new instance is as it should be: the next old one goes. */
const arrived = (state: Replace, id: string): Wants<Replace> => {
  if (!state.healthy.includes(id) || !state.ready.includes(id)) return nothing(state)
  const [next, ...rest] = state.toKill
  return next === undefined ? nothing(state) : { state: { ...state, toKill: rest }, kill: [next], start: 0 }
}

/** An instance of the app has changed. */
export const changed = (state: Replace, instance: Instance): Wants<Replace> => {
  const { id, condition, goal, version } = instance
  if (version === state.app.version) {
    if (lost(condition)) return nothing(goal === 'Running' ? gone(state, id) : { ...state, started: state.started - 1 })
    if (condition !== 'Running' || hasHealthChecks(state.app)) return nothing(state)
    const ready = state.app.readinessChecks?.length ? state.ready : add(state.ready, id)
    return arrived({ ...state, healthy: add(state.healthy, id), ready }, id)
  }
  if (lost(condition) && goal === 'Running') return launch(gone(state, id), [id])
  if ((lost(condition) || condition === 'Scheduled') && goal !== 'Running') return launch(gone(state, id))
  return nothing(state)
}

/** A new instance is healthy for the first time. */
export const becameHealthy = (state: Replace, id: string): Wants<Replace> => {
  if (!hasHealthChecks(state.app) || state.healthy.includes(id)) return nothing(state)
  const ready = state.app.readinessChecks?.length ? state.ready : add(state.ready, id)
  return arrived({ ...state, healthy: add(state.healthy, id), ready }, id)
}

export const becameReady = (state: Replace, id: string): Wants<Replace> =>
  state.ready.includes(id) ? nothing(state) : arrived({ ...state, ready: add(state.ready, id) }, id)

/** Exactly as many new instances as wanted are healthy and ready, and no old one is left. */
export const done = (state: Replace): boolean =>
  state.old.length === 0 && state.healthy.length === state.app.instances && state.ready.length === state.app.instances
