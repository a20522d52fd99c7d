import { type App, bridged, byMarathon, type HealthCheck } from '../../app/types.ts'

/** The port that a check goes to, seen from inside the task's network namespace. */
const inside = (app: App, check: HealthCheck, ports: readonly number[]): number => {
  if (check.port !== undefined) return check.port
  const index = check.portIndex ?? 0
  const mapping = app.container?.portMappings?.[index]
  return bridged(app) && mapping?.containerPort ? mapping.containerPort : (ports[index] as number)
}

const check = (app: App, health: HealthCheck, ports: readonly number[]) => {
  if (health.protocol === 'COMMAND') return { type: 'COMMAND', command: { shell: true, value: health.command?.value } }
  if (health.protocol === 'MESOS_TCP') return { type: 'TCP', tcp: { port: inside(app, health, ports) } }
  const scheme = health.protocol === 'MESOS_HTTPS' ? 'https' : 'http'
  return { type: 'HTTP', http: { scheme, path: health.path ?? '/', port: inside(app, health, ports) } }
}

/** The check that Mesos is to carry out, if the app has one. */
export const healthInfo = (app: App, ports: readonly number[]) => {
  const health = app.healthChecks?.find((one) => !byMarathon(one))
  if (!health) return undefined
  return {
    ...check(app, health, ports),
    delay_seconds: health.delaySeconds,
    interval_seconds: health.intervalSeconds,
    timeout_seconds: health.timeoutSeconds,
    consecutive_failures: health.maxConsecutiveFailures,
    grace_period_seconds: health.gracePeriodSeconds,
  }
}
