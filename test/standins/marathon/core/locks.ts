import { drop, put, type Turn, update } from './turn.ts'

/**
 * Locks of apps, each with a number: whoever takes one takes it away from who had it, and only the last number gives it
 * back. So a refused deployment, which takes its lock before it is refused, leaves the app of the running one without
 * any.
 */
export const takeLocks = (turn: Turn, apps: readonly string[]): number => {
  const lock = turn.world.lastLock + 1
  update(turn, { lastLock: lock })
  for (const app of apps) put(turn, 'locks', app, lock)
  return lock
}

export const releaseLocks = (turn: Turn, apps: readonly string[], lock: number): void =>
  drop(turn, 'locks', ...apps.filter((app) => turn.world.locks[app] === lock))

export const locked = (turn: Turn, app: string): boolean => app in turn.world.locks
