import { iso } from './time.ts'
import type { Settings, World } from './world.ts'

/** A day in 1970 is what the real one gives a root that nobody has changed. */
const NEVER = '1970-01-01T00:00:00.000Z'

/** What a leader starts from; `kept` is what ZooKeeper has. */
export const begin = (
  now: number,
  {
    settings,
    about,
    node,
    kept = {},
  }: { settings: Settings; about: World['about']; node: string; kept?: Partial<World> },
): World => ({
  settings,
  about,
  node,
  serial: 0,
  rollbackVersion: iso(now),
  rootVersion: NEVER,
  rootVersions: [NEVER],
  apps: {},
  history: {},
  instances: {},
  deployments: {},
  failures: {},
  askedVersions: {},
  connected: false,
  locks: {},
  lastLock: 0,
  scalings: {},
  health: {},
  told: {},
  checks: {},
  ready: {},
  delays: {},
  queue: {},
  queueDead: false,
  revive: { last: 0, suppressed: false, covered: [], repeats: 0 },
  due: { reconcile: Number.POSITIVE_INFINITY, scale: Number.POSITIVE_INFINITY, expunge: Number.POSITIVE_INFINITY },
  condemned: {},
  ...kept,
})
