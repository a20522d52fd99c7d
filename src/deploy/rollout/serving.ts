import { balanced, portIndexOf, serverName } from '../../balancing/balanced.ts'
import { balanceable } from '../../balancing/definition.ts'
import type { HaproxyBackend, HaproxyServer } from '../../clients/haproxy.ts'
import type { Held } from '../../clients/hold.ts'
import type { Definition, MarathonTask } from '../../clients/marathon-answers.ts'

/** The request that reaches an app through HAProxy. */
export interface HttpEntrance {
  /** The `Host` header. */
  readonly host: string
  readonly path: string
}

/** How to reach an app through HAProxy: an HTTP request, or a TCP port. */
export type Entrance = HttpEntrance | { readonly port: number }

/**
 * How its users reach an app through HAProxy; `undefined` if the app is not behind it. `status` asks the same. The path
 * of its health check is not asked: it may answer while everything else fails.
 */
export function entranceOf(definition: Definition): Entrance | undefined {
  const how = balanced(balanceable(definition))
  if (how === undefined) return undefined
  const { hosts, path, tcp } = how
  if (tcp !== undefined) return { port: tcp }
  return {
    host: (hosts.find((host) => !host.startsWith('*')) ?? hosts[0]?.replace('*', 'any')) || 'localhost',
    path: path ?? '/',
  }
}

/** An app's address as people write it: `www.example.com/`, `port 5432`. */
export const placeOf = (entrance: Entrance): string =>
  'port' in entrance ? `port ${entrance.port}` : `${entrance.host}${entrance.path}`

/** A HAProxy seen from outside. */
export interface Door {
  /** Requests an app through it, and returns the status. @throws if there is no answer */
  get(entrance: HttpEntrance): Promise<number>
  /** Connects to one of its ports, as clients of an app over TCP do. @throws if the host is unreachable */
  connect(port: number): Promise<Held>
}

/** What is wrong with a HAProxy's answers for an app. */
export interface Wrong {
  readonly says: string
  /** A task of the app answered, with an error: it may well answer other requests. */
  readonly reached: boolean
}

/** What HAProxy itself answers where it has no route, no server, or no answer of one. */
const OWN_ERRORS = new Set([502, 503, 504])

/** What is wrong with a HAProxy's answers for an app; `undefined` if nothing is. @throws if HAProxy does not answer */
export async function wrongAt(balancer: Door, entrance: Entrance): Promise<Wrong | undefined> {
  if ('port' in entrance) {
    const says = await balancer.connect(entrance.port)
    if (says === 'held') return undefined
    const { port } = entrance
    return {
      says: says === 'closed' ? `closes connections to port ${port} at once` : `does not listen on port ${port}`,
      reached: false,
    }
  }
  const status = await balancer.get(entrance)
  if (status < 500) return undefined
  return { says: `answers ${status} to GET ${entrance.path}`, reached: !OWN_ERRORS.has(status) }
}

/** The name of a task's server in HAProxy, as the registrar sets it. */
export const serverOf = (taskId: string, definition: Definition): string =>
  serverName(taskId, portIndexOf(balanceable(definition)))

/** The parts of a HAProxy's backend that show whether an app is served. */
export interface Backend extends Pick<HaproxyBackend, 'name'> {
  readonly servers: readonly Pick<HaproxyServer, 'name' | 'status' | 'up' | 'passes'>[]
}

/** Does a HAProxy send to the app as it should? `late`: it may not know yet. `down`: its check has failed. */
export interface Served {
  readonly is: 'ok' | 'late' | 'down'
  readonly says: string
}

/** HAProxy calls a server up until enough checks have failed: `UP 1/2` after the first of two. */
const isSure = ({ passes, status }: Backend['servers'][number]): boolean =>
  (passes !== undefined && !/^UP \d/.test(status)) || status === 'no check'

/**
 * Compares a HAProxy's servers with an app's tasks: it must send to all tasks of its own slave, and to none that no
 * longer belongs to the app. Pure.
 * @param local the tasks on the HAProxy's own slave
 * @param also servers that may be there, too
 */
export function served(
  backends: readonly Backend[],
  definition: Definition,
  tasks: readonly MarathonTask[],
  local: readonly MarathonTask[],
  also: ReadonlySet<string> = new Set(),
): Served {
  const name = (task: MarathonTask): string => serverOf(task.id, definition)
  const wanted = new Set(tasks.map(name))
  const servers = backends
    .filter((backend) => backend.servers.some((server) => wanted.has(server.name)))
    .flatMap((backend) => backend.servers)
  const known = new Map(servers.map((server) => [server.name, server]))
  const own = local.flatMap((task) => known.get(name(task)) ?? [])
  const down = own.filter((server) => !server.up)
  const unsure = own.filter((server) => server.up && !isSure(server))
  const strange = servers.filter(({ name, up }) => up && !wanted.has(name) && !also.has(name))
  const of = `of ${local.length} tasks on its slave`
  if (own.length < local.length) return { is: 'late', says: `does not know ${local.length - own.length} ${of} yet` }
  if (down.length > 0) return { is: 'down', says: `finds ${down.length} ${of} down` }
  if (unsure.length > 0) return { is: 'late', says: `has not checked ${unsure.length} ${of} yet` }
  if (strange.length > 0)
    return { is: 'late', says: `still knows ${strange.length} ${strange.length === 1 ? 'task' : 'tasks'} of before` }
  if (local.length > 0) return { is: 'ok', says: `sends to ${local.length} ${of}` }
  return {
    is: 'ok',
    says: servers.some(({ up }) => up) ? 'has no task on its slave, and sends to others' : 'has no task on its slave',
  }
}
