import type { App } from '../../app/types.ts'
import { reversed } from '../ids.ts'
import type { Match } from '../match/match.ts'
import type { Offer, TaskInfo } from '../mesos.ts'
import { containerInfo } from './container.ts'
import { environment } from './environment.ts'
import { healthInfo } from './health.ts'

const command = (app: App, variables: Readonly<Record<string, string>>) => ({
  ...(app.cmd !== undefined && { shell: true, value: app.cmd }),
  ...(app.cmd === undefined && { shell: false }),
  ...(app.args && app.container && { shell: false, arguments: app.args }),
  ...(app.args && !app.container && { shell: false, value: app.args[0], arguments: app.args }),
  ...(app.user !== undefined && { user: app.user }),
  uris: (app.fetch ?? []).map(({ uri, extract, executable, cache }) => ({ value: uri, extract, executable, cache })),
  environment: { variables: Object.entries(variables).map(([name, value]) => ({ name, type: 'VALUE', value })) },
})

const discovery = (app: App, ports: readonly number[]) => {
  const named = app.portDefinitions ?? app.container?.portMappings?.filter((m) => m.hostPort !== undefined) ?? []
  return {
    visibility: 'FRAMEWORK',
    name: reversed(app.id),
    ports: {
      ports: ports.map((number, i) => ({
        number,
        ...(named[i]?.name !== undefined && { name: named[i]?.name }),
        protocol: named[i]?.protocol ?? 'tcp',
      })),
    },
  }
}

/** A task as it is sent to Mesos. */
export const taskInfo = (app: App, id: string, offer: Offer, { resources, ports }: Match, prefix = ''): TaskInfo => {
  const container = containerInfo(app, ports)
  const health = healthInfo(app, ports)
  const grace = app.taskKillGracePeriodSeconds
  return {
    name: reversed(app.id),
    task_id: { value: id },
    agent_id: offer.agent_id,
    resources,
    command: command(app, environment(app, id, offer.hostname, ports, prefix)),
    ...(container && { container }),
    ...(health && { health_check: health }),
    ...(grace !== undefined && { kill_policy: { grace_period: { nanoseconds: grace * 1e9 } } }),
    labels: { labels: Object.entries(app.labels).map(([key, value]) => ({ key, value })) },
    discovery: discovery(app, ports),
  }
}
