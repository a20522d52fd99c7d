import type { Fault } from '../read.ts'
import { type App, byMarathon } from '../types.ts'

/**
 * Checks of ports need a port of the app; more than one check by Marathon, or both kinds, are refused by newer versions
 * only.
 */
export const validHealthChecks = (app: App): Fault[] => {
  const ports = app.portDefinitions?.length ?? app.container?.portMappings?.length ?? 0
  const faults = (app.healthChecks ?? []).flatMap((check, index): Fault[] => {
    const path = `/healthChecks(${index})`
    if (check.protocol === 'COMMAND')
      return check.command ? [] : [{ path, error: 'COMMAND health checks must define a command.' }]
    if (check.port !== undefined || (check.portIndex ?? 0) < ports) return []
    return [
      {
        path,
        error: 'Health check port indices must address an element of the ports array or container port mappings.',
      },
    ]
  })
  const mesos = (app.healthChecks ?? []).filter((check) => !byMarathon(check)).length
  return mesos > 1
    ? [...faults, { path: '/healthChecks', error: 'AppDefinition can contain at most one Mesos health check' }]
    : faults
}
