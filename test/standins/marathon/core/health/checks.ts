import { type App, bridged, byMarathon, type HealthCheck } from '../../app/types.ts'
import type { Probed } from '../effect.ts'
import type { Instance } from '../instance.ts'
import { kill } from '../instances.ts'
import { emit, put, type Turn } from '../turn.ts'
import { specOf, versionKey } from '../world.ts'
import { aggregate } from './aggregate.ts'
import { alive, failed, fatal, forgiven, succeeded, UNKNOWN } from './result.ts'

/**
 * Whether a moment of the beat that started at `since` lies in (before, now]. The first is one interval after the
 * start.
 */
export const beats = (since: number, seconds: number, before: number, now: number): boolean => {
  const interval = Math.max(1, seconds) * 1000
  return Math.floor((now - since) / interval) > Math.max(0, Math.floor((before - since) / interval))
}

/** The port that a check by Marathon goes to: one of the host's. */
const portOf = (check: HealthCheck, instance: Instance): number | undefined =>
  check.port ?? instance.task?.ports[check.portIndex ?? 0]

const probe = (turn: Turn, app: App, instance: Instance, check: HealthCheck, index: number): void => {
  const { task } = instance
  const port = portOf(check, instance)
  if (!task || port === undefined) return
  const own = bridged(app) ? undefined : task.addresses[0]?.ipAddress
  const { protocol } = check as { protocol: 'HTTP' | 'HTTPS' | 'TCP' }
  const to = { protocol, host: own ?? task.host, port, path: check.path ?? '/', timeout: check.timeoutSeconds * 1000 }
  turn.out.push({ do: 'probe', probe: { kind: 'health', instance: instance.id, task: task.id, check: index, ...to } })
}

/** Sends out the checks of running instances whose time has come since `before`. */
export const sendChecks = (turn: Turn, before: number): void => {
  for (const instance of Object.values(turn.world.instances)) {
    const app = instance.condition === 'Running' ? specOf(turn.world, instance) : undefined
    const since = app && turn.world.checks[versionKey(app.id, app.version)]
    if (!app || since === undefined) continue
    app.healthChecks?.forEach((check, index) => {
      if (byMarathon(check) && beats(since, check.intervalSeconds, before, turn.now))
        probe(turn, app, instance, check, index)
    })
  }
}

const condemn = (turn: Turn, app: App, instance: Instance, cause: string): void => {
  const { task } = instance
  if (!task) return
  emit(turn, 'unhealthy_instance_kill_event', {
    appId: app.id,
    taskId: task.id,
    instanceId: instance.id,
    version: instance.version,
    reason: cause,
    host: task.host,
    slaveId: task.agent,
  })
  put(turn, 'condemned', instance.id, cause)
  kill(turn, instance)
}

/** The outcome of a check that Marathon has carried out. */
export const checked = (turn: Turn, id: string, task: string, index: number, result: Probed): void => {
  const instance = turn.world.instances[id]
  const app = instance && specOf(turn.world, instance)
  const check = app?.healthChecks?.[index]
  if (!instance || !check || instance.task?.id !== task || instance.condition !== 'Running') return
  const results = turn.world.health[id] ?? {}
  const was = results[index] ?? UNKNOWN
  const ignored = !result.ok && forgiven(was, instance.task.started, check.gracePeriodSeconds, turn.now)
  const told = result.ok ? succeeded(was, turn.now) : failed(was, turn.now, result.cause)
  const now = ignored ? was : told
  put(turn, 'health', id, { ...results, [index]: now })
  if (!result.ok && !ignored) emit(turn, 'failed_health_check_event', { appId: app.id, taskId: id, healthCheck: check })
  if (alive(was) !== alive(now))
    emit(turn, 'health_status_changed_event', {
      appId: app.id,
      instanceId: id,
      version: instance.version,
      alive: alive(now),
    })
  aggregate(turn, instance)
  if (!result.ok && !ignored && fatal(was, check.maxConsecutiveFailures)) condemn(turn, app, instance, result.cause)
}
