import type { Instance } from '../instance.ts'
import { emit, put, type Turn } from '../turn.ts'
import { specOf } from '../world.ts'
import { alive } from './result.ts'

/** Tells whether all checks of an instance pass, where that is news. */
export const aggregate = (turn: Turn, instance: Instance): void => {
  const results = turn.world.health[instance.id] ?? {}
  const checks = specOf(turn.world, instance)?.healthChecks ?? []
  const healthy = checks.every((_, index) => results[index] !== undefined && alive(results[index]))
  if (turn.world.told[instance.id] === healthy) return
  put(turn, 'told', instance.id, healthy)
  emit(turn, 'instance_health_changed_event', {
    instanceId: instance.id,
    runSpecId: instance.app,
    healthy,
    runSpecVersion: instance.version,
  })
  turn.todo.push({ todo: 'healthy', instance: instance.id, healthy })
}
