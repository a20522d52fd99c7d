import { hasHealthChecks } from '../../app/types.ts'
import { resetDelay } from '../backoff.ts'
import { watchHealth } from '../health/watch.ts'
import { type Instance, lost } from '../instance.ts'
import { tracked } from '../order.ts'
import { drop, emit, type Turn } from '../turn.ts'
import { instancesOf, specOf } from '../world.ts'
import * as replace from './replace.ts'
import * as scale from './scale.ts'
import type { Action, Progress, Wants } from './types.ts'

/** Something that a running action is told. */
export type News =
  | { readonly news: 'changed'; readonly instance: Instance }
  | { readonly news: 'healthy'; readonly instance: string }
  | { readonly news: 'ready'; readonly instance: string }

const DONE: Progress = { kind: 'done' }

/** Puts on the list what an action wants done. */
const carryOut = <S extends { readonly app: Action['app'] }>(turn: Turn, { state, kill, start }: Wants<S>): S => {
  for (const id of kill) turn.todo.push({ todo: 'decommission', id })
  if (start > 0) turn.todo.push({ todo: 'schedule', app: state.app.id, version: state.app.version, count: start })
  return state
}

/** Begins an action of a step. */
export const beginAction = (turn: Turn, { action, app, scaleTo = app.instances, toKill = [] }: Action): Progress => {
  if (action !== 'StopApplication' && hasHealthChecks(app)) watchHealth(turn, app)
  const instances = tracked(instancesOf(turn.world, app.id))
  if (action === 'StopApplication') {
    const waiting = instances.map((i) => i.id)
    for (const id of waiting) turn.todo.push({ todo: 'decommission', id })
    return { kind: 'stop', app: app.id, waiting }
  }
  if (action === 'StartApplication') return DONE
  if (action === 'ScaleApplication')
    return { kind: 'scale', ...carryOut(turn, scale.begin(app, instances, scaleTo, toKill)) }
  if (app.instances === 0) return DONE
  const progress: Progress = {
    kind: 'replace',
    ...carryOut(
      turn,
      replace.begin(app, instances, (i) => specOf(turn.world, i)),
    ),
  }
  resetDelay(turn, app.id, app.version)
  return progress
}

const told = <S>(
  state: S,
  of: {
    changed(s: S, i: Instance): Wants<S>
    becameHealthy(s: S, id: string): Wants<S>
    becameReady(s: S, id: string): Wants<S>
  },
  news: News,
): Wants<S> => {
  if (news.news === 'changed') return of.changed(state, news.instance)
  return news.news === 'healthy' ? of.becameHealthy(state, news.instance) : of.becameReady(state, news.instance)
}

/** Tells a running action what has happened to an instance of its app; `version` is the instance's. */
export const tellAction = (turn: Turn, progress: Progress, app: string, version: string, news: News): Progress => {
  if (progress.kind === 'done') return progress
  if (progress.kind === 'stop') {
    if (progress.app !== app || news.news !== 'changed') return progress
    const { id, goal, condition } = news.instance
    if (goal === 'Running' || !(lost(condition) || condition === 'Scheduled')) return progress
    return { ...progress, waiting: progress.waiting.filter((other) => other !== id) }
  }
  if (progress.app.id !== app || (news.news !== 'changed' && version !== progress.app.version)) return progress
  return progress.kind === 'scale'
    ? { kind: 'scale', ...carryOut(turn, told(progress, scale, news)) }
    : { kind: 'replace', ...carryOut(turn, told(progress, replace, news)) }
}

export const actionDone = (progress: Progress): boolean =>
  progress.kind === 'done' ||
  (progress.kind === 'stop' && progress.waiting.length === 0) ||
  (progress.kind === 'scale' && scale.done(progress)) ||
  (progress.kind === 'replace' && replace.done(progress))

/** What is cleared up when an app has been stopped. */
export const stopped = (turn: Turn, { app }: Action): void => {
  if (hasHealthChecks(app)) emit(turn, 'remove_health_check_event', { appId: app.id })
  const keys = Object.keys(turn.world.checks).filter((key) => key.startsWith(`${app.id} `))
  drop(turn, 'checks', ...keys)
  drop(turn, 'queue', app.id)
  resetDelay(turn, app.id)
  emit(turn, 'app_terminated_event', { appId: app.id })
}
