import type { App } from '../app/types.ts'
import { drop, put, type Turn } from './turn.ts'
import { versionKey, type World } from './world.ts'

/** A task of this version has ended by itself: the next waits, each time longer. */
export const addDelay = (turn: Turn, app: App): void => {
  const key = versionKey(app.id, app.version)
  const before = turn.world.delays[key]
  const wanted = before ? before.delay * app.backoffFactor : app.backoffSeconds * 1000
  const delay = Math.min(wanted, app.maxLaunchDelaySeconds * 1000)
  put(turn, 'delays', key, { delay, until: turn.now + delay })
}

/** Forgets the delay of a version, or of all of an app's. */
export const resetDelay = (turn: Turn, app: string, version?: string): void => {
  const keys =
    version === undefined
      ? Object.keys(turn.world.delays).filter((key) => key.startsWith(`${app} `))
      : [versionKey(app, version)]
  drop(turn, 'delays', ...keys)
}

/** Forgets delays that have been over for longer than the app's longest one. */
export const forgetDelays = (turn: Turn, apps: (key: string) => App | undefined): void => {
  const old = Object.entries(turn.world.delays).filter(([key, { until }]) => {
    const app = apps(key)
    return !app || until + app.maxLaunchDelaySeconds * 1000 < turn.now
  })
  drop(turn, 'delays', ...old.map(([key]) => key))
}

export const delayed = (world: World, app: string, version: string, now: number): boolean =>
  (world.delays[versionKey(app, version)]?.until ?? 0) > now
