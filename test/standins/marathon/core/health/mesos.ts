import { byMarathon, hasHealthChecks } from '../../app/types.ts'
import type { Instance } from '../instance.ts'
import type { TaskStatus } from '../mesos.ts'
import { emit, put, type Turn } from '../turn.ts'
import { specOf } from '../world.ts'
import { aggregate } from './aggregate.ts'
import { failed, succeeded, UNKNOWN } from './result.ts'

/**
 * Takes down what Mesos's own check says: a result only where the verdict comes or turns, so `lastSuccess` stays at the
 * first one.
 */
export const mesosHealth = (turn: Turn, before: Instance, instance: Instance, status: TaskStatus): void => {
  const spec = specOf(turn.world, instance)
  if (status.healthy === undefined || !spec || !hasHealthChecks(spec) || before.healthy === status.healthy) return
  const index = (spec.healthChecks ?? []).findIndex((check) => !byMarathon(check))
  const healthCheck = spec.healthChecks?.[index]
  if (!healthCheck) return
  const results = turn.world.health[instance.id] ?? {}
  const was = results[index] ?? UNKNOWN
  const now = status.healthy ? succeeded(was, turn.now) : failed(was, turn.now, status.message ?? '')
  put(turn, 'health', instance.id, { ...results, [index]: now })
  if (!status.healthy) emit(turn, 'failed_health_check_event', { appId: spec.id, taskId: instance.id, healthCheck })
  emit(turn, 'health_status_changed_event', {
    appId: spec.id,
    instanceId: instance.id,
    version: instance.version,
    alive: status.healthy,
  })
  aggregate(turn, instance)
}
