import { type App, hasHealthChecks } from '../../app/types.ts'
import { emit, put, type Turn } from '../turn.ts'
import { versionKey } from '../world.ts'

/**
 * Marathon begins to look after the health of a version of an app; the phase of its own checks is counted from here.
 */
export const watchHealth = (turn: Turn, app: App): void => {
  const key = versionKey(app.id, app.version)
  if (!hasHealthChecks(app) || turn.world.checks[key] !== undefined) return
  put(turn, 'checks', key, turn.now)
  for (const healthCheck of app.healthChecks ?? [])
    emit(turn, 'add_health_check_event', { appId: app.id, version: app.version, healthCheck })
}
