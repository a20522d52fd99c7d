import { type Json, list, object, text } from '../../lib/json.ts'
import { mesosSays } from '../../model/task-health.ts'

/** An agent as the leading master sees it. */
export interface MesosAgent {
  readonly id: string
  readonly hostname: string
  /** The address that its process listens on; from its pid, `slave(1)@10.0.0.4:5051`. */
  readonly ip: string
  readonly port: number
  /**
   * It is connected and gets offers. A disconnected host counts as active until `agent_ping_timeout` ×
   * `max_agent_ping_timeouts` have passed.
   */
  readonly active: boolean
  /** It was taken out of service (DEACTIVATE_AGENT, DRAIN_AGENT) and not reactivated. */
  readonly deactivated: boolean
  /** `1.11.0` */
  readonly version: string
  readonly drain?: 'DRAINING' | 'DRAINED'
  readonly attributes: Readonly<Record<string, string>>
  /** All its unreserved resources, in use or not; absent if it does not report them. */
  readonly whole?: MesosRoom
  /** All its unreserved GPUs; absent if it has none. */
  readonly gpus?: number
  /** The port ranges that it offers, from and to; absent if it does not report them. */
  readonly ports?: readonly (readonly [number, number])[]
  /** Resources that are neither reserved nor in use; infinite if it does not report them. */
  readonly free: MesosRoom
}

/** The resources that tasks need. */
export interface MesosRoom {
  readonly cpus: number
  readonly mem: number
  readonly disk: number
}

/** The agents that the leading master knows. */
export interface MesosAgents {
  readonly agents: readonly MesosAgent[]
  /** Ids in the registry that have not come back since the last failover. */
  readonly missing: readonly string[]
}

/** A framework (a scheduler, such as Marathon) as the leading master sees it. */
export interface MesosFramework {
  readonly id: string
  readonly name: string
  /** Registered, and gets offers. */
  readonly active: boolean
  readonly connected: boolean
}

/** The state of a master, from its metrics. */
export interface MasterState {
  /** It holds the leader's place in ZooKeeper. That does not imply a quorum: see `serves`. */
  readonly elected: boolean
  /** Its own replica of the registry has caught up. */
  readonly recovered: boolean
  /** It leads, and has read the registry from a quorum. */
  readonly serves: boolean
  /** Replicas of the registry that are currently in ZooKeeper. */
  readonly ensemble: number
  readonly activeAgents: number
}

/** The state of an agent, from its own answer. */
export interface AgentState {
  readonly id: string
  readonly hostname: string
  readonly port: number
  /** Scalars are numbers, everything else is text: `r1`, `[31000-32000]`. */
  readonly attributes: Readonly<Record<string, string | number>>
  readonly resources: Readonly<Record<string, string | number>>
  readonly flags: Readonly<Record<string, string>>
}

const wrong = (what: string): never => {
  throw new Error(`this is not what Mesos answers when it is asked for ${what}`)
}

/**
 * The address and port of a libprocess pid such as `slave(1)@10.0.0.4:5051`. An IPv6 address comes without its
 * brackets.
 */
export function pidAddress(pid: string): { readonly ip: string; readonly port: number } {
  const [, ip = '', port = ''] = /@\[?(.+?)\]?:(\d+)$/.exec(pid) ?? []
  return { ip, port: Number(port) }
}

function parseAgent(value: unknown): MesosAgent {
  const agent = object(value)
  const drain = text(object(agent.drain_info).state)
  return {
    id: text(agent.id),
    hostname: text(agent.hostname),
    ...pidAddress(text(agent.pid)),
    active: agent.active === true,
    deactivated: agent.deactivated === true,
    version: text(agent.version),
    ...(drain === 'DRAINING' || drain === 'DRAINED' ? { drain } : {}),
    attributes: Object.fromEntries(
      Object.entries(object(agent.attributes)).map(([name, value]) => [name, String(value)]),
    ),
    ...roomOf(object(agent.unreserved_resources), object(agent.used_resources)),
  }
}

/** Ranges in Mesos' notation: `[31000-32000, 80-80]`. */
const rangesOf = (ports: string): readonly (readonly [number, number])[] =>
  [...ports.matchAll(/(\d+)-(\d+)/g)].map(([, from, to]) => [Number(from), Number(to)] as const)

function roomOf(whole: Json, used: Json): Pick<MesosAgent, 'whole' | 'gpus' | 'ports' | 'free'> {
  const { cpus, mem, disk, gpus, ports } = whole
  const free = (name: keyof MesosRoom): number => {
    const has = whole[name]
    return typeof has === 'number' ? Math.max(0, has - Number(used[name] ?? 0)) : Number.POSITIVE_INFINITY
  }
  return {
    ...(typeof cpus === 'number' && typeof mem === 'number' && typeof disk === 'number'
      ? { whole: { cpus, mem, disk } }
      : {}),
    ...(typeof gpus === 'number' && gpus > 0 ? { gpus } : {}),
    ...(typeof ports === 'string' ? { ports: rangesOf(ports) } : {}),
    free: { cpus: free('cpus'), mem: free('mem'), disk: free('disk') },
  }
}

/** Parses the answer of `GET /slaves`. @throws Error for any other answer */
export function parseAgents(answer: unknown): MesosAgents {
  const { slaves, recovered_slaves } = object(answer)
  if (!Array.isArray(slaves)) return wrong('its agents')
  return { agents: slaves.map(parseAgent), missing: list(recovered_slaves).map((each) => text(object(each).id)) }
}

/** Parses the answer of `GET_FRAMEWORKS`. @throws Error for any other answer */
export function parseFrameworks(answer: unknown): readonly MesosFramework[] {
  const { get_frameworks } = object(answer)
  if (get_frameworks === undefined) return wrong('its frameworks')
  return list(object(get_frameworks).frameworks).map((each) => {
    const { framework_info, active, connected } = object(each)
    const { id, name } = object(framework_info)
    return { id: text(object(id).value), name: text(name), active: active === true, connected: connected === true }
  })
}

/** Parses a master's `GET /metrics/snapshot`. @throws Error for any other answer */
export function parseMasterState(answer: unknown): MasterState {
  const metrics = object(answer)
  if (typeof metrics['master/elected'] !== 'number') return wrong("a master's metrics")
  const is = (name: string): boolean => metrics[name] === 1
  return {
    elected: is('master/elected'),
    recovered: is('registrar/log/recovered'),
    // `elected` alone is not enough: a master without a quorum is also elected, for the minute until it gives up
    serves: is('master/elected') && typeof metrics['registrar/state_fetch_ms'] === 'number',
    ensemble: Number(metrics['registrar/log/ensemble_size'] ?? 0),
    activeAgents: Number(metrics['master/slaves_active'] ?? 0),
  }
}

/** Parses an agent's `GET /state`. @throws Error for any other answer */
export function parseAgentState(answer: unknown): AgentState {
  const state = object(answer)
  if (text(state.id) === '' || text(state.pid) === '') return wrong("an agent's state")
  const values = (of: unknown): Readonly<Record<string, string | number>> =>
    Object.fromEntries(
      Object.entries(object(of)).map(([name, value]) => [name, typeof value === 'number' ? value : text(value)]),
    )
  return {
    id: text(state.id),
    hostname: text(state.hostname),
    port: pidAddress(text(state.pid)).port,
    attributes: values(state.attributes),
    resources: values(state.resources),
    flags: Object.fromEntries(Object.entries(object(state.flags)).map(([name, value]) => [name, text(value)])),
  }
}

const executors = (framework: unknown, which: 'executors' | 'completed_executors'): readonly Json[] =>
  list(object(framework)[which]).map(object)

/**
 * The directory of a task's sandbox on its agent, from the agent's `GET /state`: that of the last run if there were
 * several.
 */
export function sandboxOf(state: unknown, taskId: string): string | undefined {
  const { frameworks, completed_frameworks } = object(state)
  const all = [...list(frameworks), ...list(completed_frameworks)].flatMap((framework) => [
    ...executors(framework, 'executors'),
    ...executors(framework, 'completed_executors'),
  ])
  const directory = all.find(({ id }) => id === taskId)?.directory
  return typeof directory === 'string' ? directory : undefined
}

/** The health of the tasks that an agent checks, by task id, from its `GET /state`. */
export function taskHealthIn(state: unknown): ReadonlyMap<string, boolean> {
  const running = list(object(state).frameworks).flatMap((framework) => executors(framework, 'executors'))
  const tasks = running.flatMap(({ tasks }) => list(tasks).map(object))
  return new Map(
    tasks.flatMap(({ id, statuses }) => {
      const well = mesosSays(list(statuses).map(object))
      return well === undefined ? [] : [[text(id), well] as const]
    }),
  )
}

/** The ids of an agent's tasks that have not ended, from its `GET /state`. */
export const taskIdsIn = (state: unknown): readonly string[] =>
  list(object(state).frameworks)
    .flatMap((framework) => executors(framework, 'executors'))
    .flatMap(({ tasks }) => list(tasks).map(object))
    .flatMap(({ id, state: is }) => (/^TASK_(STAGING|STARTING|RUNNING|KILLING)$/.test(text(is)) ? [text(id)] : []))

/**
 * A task in the answer of `GET /tasks`, with its health if Mesos knows it; `undefined` if Mesos does not know the task.
 */
export function parseTask(answer: unknown, id: string): { readonly healthy: boolean | undefined } | undefined {
  const { tasks } = object(answer)
  if (!Array.isArray(tasks)) return wrong('its tasks')
  const task = tasks.map(object).find((each) => text(each.id) === id)
  return task && { healthy: mesosSays(list(task.statuses).map(object)) }
}
