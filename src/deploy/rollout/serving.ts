import type { HaproxyBackend, HaproxyServer } from '../../clients/haproxy.ts'
import type { Definition, MarathonTask } from '../../clients/marathon-answers.ts'
import { object, text } from '../../lib/json.ts'
import { incarnation } from './situation.ts'

/** How an app is to be asked for through a HAProxy. */
export interface Entrance {
  /** What the `Host` header says. */
  readonly host: string
  readonly path: string
}

/** The way to an app through HAProxy, from its labels; `undefined` where it is not behind one. */
export function entranceOf(definition: Definition): Entrance | undefined {
  const labels = object(definition.labels)
  if (labels['lb.enable'] !== 'true') return undefined
  const check = (Array.isArray(definition.healthChecks) ? definition.healthChecks : [])
    .map(object)
    .find(({ protocol }) => /HTTP/.test(text(protocol) || 'HTTP'))
  return {
    host: text(labels['lb.host']).split(',')[0]?.trim() || 'localhost',
    path: text(labels['lb.path']) || text(labels['lb.check']) || text(check?.path) || '/',
  }
}

/** Which of the app's ports the load balancer sends to: `lb.port`, by name or index. */
function portIndex(definition: Definition): number {
  const wanted = text(object(definition.labels)['lb.port'])
  if (/^\d*$/.test(wanted)) return Number(wanted)
  const mappings = object(definition.container).portMappings ?? definition.portDefinitions
  return Math.max(
    0,
    (Array.isArray(mappings) ? mappings : []).findIndex((port) => object(port).name === wanted),
  )
}

/** What the registrar calls a task's server in HAProxy: `t_`, the first eight letters of its instance, how often it was started. */
export function serverOf(taskId: string, definition: Definition): string {
  const { instance, start } = incarnation(taskId)
  const uuid = /instance-([0-9a-f]{8})/.exec(instance)?.[1] ?? instance
  const index = portIndex(definition)
  return `t_${uuid}_${start}${index > 0 ? `_p${index}` : ''}`
}

/** What of a HAProxy's backends tells whether an app is served. */
export interface Backend extends Pick<HaproxyBackend, 'name'> {
  readonly servers: readonly (Pick<HaproxyServer, 'name' | 'up'> & Partial<Pick<HaproxyServer, 'passes'>>)[]
}

/** Does a HAProxy send to the app as it should? */
export interface Served {
  readonly ok: boolean
  readonly says: string
}

/**
 * Compares a HAProxy's servers with an app's tasks. It must send to all tasks of its own slave, and to none that is not one of the app's any more. Pure.
 * @param local the tasks on its own slave
 */
export function served(
  backends: readonly Backend[],
  definition: Definition,
  tasks: readonly MarathonTask[],
  local: readonly MarathonTask[],
): Served {
  const name = (task: MarathonTask): string => serverOf(task.id, definition)
  const wanted = new Set(tasks.map(name))
  const servers = backends
    .filter((backend) => backend.servers.some((server) => wanted.has(server.name)))
    .flatMap((backend) => backend.servers)
  const up = new Set(servers.filter((server) => server.up).map((server) => server.name))
  const missing = local.filter((task) => !servers.some((server) => server.name === name(task)))
  const down = local.filter((task) => !missing.includes(task) && !up.has(name(task)))
  const strange = servers.filter((server) => server.up && !wanted.has(server.name))
  if (missing.length > 0) return { ok: false, says: `does not know ${missing.length} of ${local.length} tasks on its slave yet` }
  if (down.length > 0) return { ok: false, says: `finds ${down.length} of ${local.length} tasks on its slave down` }
  if (strange.length > 0) return { ok: false, says: `still knows ${strange.length} ${strange.length === 1 ? 'task' : 'tasks'} of before` }
  if (local.length > 0) return { ok: true, says: `sends to ${local.length} of ${local.length} tasks on its slave` }
  return { ok: true, says: up.size > 0 ? 'has no task on its slave, and sends to others' : 'has no task on its slave' }
}
