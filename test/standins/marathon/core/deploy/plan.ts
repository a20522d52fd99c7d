import { restarts, scales } from '../../app/difference.ts'
import type { App } from '../../app/types.ts'
import type { Action, Plan } from './types.ts'

type Apps = Readonly<Record<string, App>>

/**
 * The longest chain of dependencies below an app, by which steps are ordered; groups as dependencies mean every app in
 * them.
 */
const depth = (apps: Apps, app: App, seen: readonly string[] = []): number => {
  const below = (app.dependencies ?? []).flatMap((id) =>
    Object.values(apps).filter((other) => other.id === id || other.id.startsWith(`${id}/`)),
  )
  return (
    1 +
    Math.max(
      0,
      ...below.filter((other) => !seen.includes(other.id)).map((other) => depth(apps, other, [...seen, app.id])),
    )
  )
}

const change = (before: App | undefined, app: App, toKill: readonly string[] | undefined): Action | undefined => {
  if (before === undefined) return { action: 'ScaleApplication', app, scaleTo: app.instances }
  if (scales(before, app) || (app.instances === 0 && restarts(before, app)))
    return { action: 'ScaleApplication', app, scaleTo: app.instances, ...(toKill && { toKill }) }
  return restarts(before, app) ? { action: 'RestartApplication', app } : undefined
}

/**
 * The steps from one set of apps to another: stops, starts (with no instance yet), then changes, dependencies first.
 */
export const makePlan = (
  id: string,
  version: string,
  before: Apps,
  after: Apps,
  toKill: Readonly<Record<string, readonly string[]>> = {},
): Plan => {
  const gone = Object.values(before).filter((app) => !(app.id in after))
  const fresh = Object.values(after).filter((app) => !(app.id in before))
  const levels = new Map<number, Action[]>()
  for (const app of Object.values(after)) {
    const action = before[app.id] === app ? undefined : change(before[app.id], app, toKill[app.id])
    if (action) levels.set(depth(after, app), [...(levels.get(depth(after, app)) ?? []), action])
  }
  const steps: Action[][] = [
    gone.map((app) => ({ action: 'StopApplication', app })),
    fresh.map((app) => ({ action: 'StartApplication', app, scaleTo: 0 })),
    ...[...levels.keys()].sort((a, b) => a - b).map((level) => levels.get(level) as Action[]),
  ].filter((actions) => actions.length > 0) as Action[][]
  const ids = new Set(steps.flat().map((a) => a.app.id))
  return {
    id,
    version,
    steps,
    original: Object.fromEntries(Object.entries(before).filter(([app]) => ids.has(app))),
    target: Object.keys(after).filter((app) => ids.has(app)),
  }
}
