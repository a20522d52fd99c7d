import type { Call, Offer, TaskInfo, TaskStatus } from '../core/mesos.ts'
import type { Behaviour } from './behaviour.ts'

/** A task of the imaginary Mesos. */
export interface SimTask {
  readonly info: TaskInfo
  readonly behaviour: Behaviour
  readonly launched: number
  readonly agent: string
  /** When it will be dead, once it has been told to die. */
  dead?: number
  /** What has been told of it last. */
  state: string
  told?: boolean
}

const scalar = (name: string, value: number) => ({ name, type: 'SCALAR' as const, scalar: { value } })
const PORTS = { name: 'ports', type: 'RANGES' as const, ranges: { range: [{ begin: 31_000, end: 32_000 }] } }
const RESOURCES = [PORTS, scalar('cpus', 32), scalar('mem', 65_536), scalar('disk', 65_536)]

/** A host that offers. */
export interface SimAgent {
  readonly host: string
  readonly attributes: Readonly<Record<string, string>>
}

const AGENTS: readonly SimAgent[] = [
  { host: 'a1', attributes: { rack: 'r1', zone: 'z1' } },
  { host: 'a2', attributes: { rack: 'r2', zone: 'z1' } },
]

/**
 * Agents with room for everything that fits on one, whose tasks do what `behave` says: Mesos as far as the core sees
 * it, on the simulation's clock.
 */
export class SimMesos {
  readonly tasks = new Map<string, SimTask>()
  /** Hosts whose agents are deactivated: they offer nothing. */
  readonly closed = new Set<string>()
  /** The framework wants to hear of TASK_KILLING. */
  killing = false
  /** What is told of tasks that were to be killed and that nobody knows. */
  readonly #unknown: TaskStatus[] = []
  #wanted = false
  #offers = 0
  readonly #behave: (task: TaskInfo) => Behaviour
  readonly #agents: readonly SimAgent[]

  constructor(behave: (task: TaskInfo) => Behaviour, agents = AGENTS) {
    this.#behave = behave
    this.#agents = agents
  }

  /** A call of the framework. */
  call(call: Call, now: number): void {
    if (call.type === 'REVIVE') this.#wanted = true
    if (call.type === 'KILL') {
      const { task_id, agent_id } = call.kill
      const task = this.tasks.get(task_id.value)
      if (task && task.dead === undefined) task.dead = now + task.behaviour.dies
      if (task === undefined)
        this.#unknown.push({
          task_id,
          ...(agent_id && { agent_id }),
          state: 'TASK_DROPPED',
          message: 'Task is unknown',
        })
    }
    if (call.type === 'ACCEPT')
      for (const { launch } of call.accept.operations as { launch: { task_infos: TaskInfo[] } }[])
        for (const info of launch.task_infos)
          this.tasks.set(info.task_id.value, {
            info,
            behaviour: this.#behave(info),
            launched: now,
            agent: info.agent_id.value,
            state: 'TASK_STAGING',
          })
  }

  /** Offers, where some were asked for. */
  offers(): Offer[] {
    const open = this.#agents.filter(({ host }) => !this.closed.has(host))
    if (!this.#wanted || open.length === 0) return []
    this.#wanted = false
    return open.map(({ host, attributes }) => ({
      id: { value: `O${++this.#offers}` },
      agent_id: { value: `S-${host}` },
      hostname: host,
      resources: RESOURCES,
      attributes: Object.entries(attributes).map(([name, value]) => ({ name, type: 'TEXT', text: { value } })),
    }))
  }

  /** Whether a task passes its checks now. */
  healthy(id: string, now: number): boolean {
    const task = this.tasks.get(id)
    return (
      task?.behaviour.healthy !== undefined &&
      task.state === 'TASK_RUNNING' &&
      now >= task.launched + task.behaviour.healthy
    )
  }

  /** Ends a task from outside; what its end is to be called. */
  end(id: string, state: string): TaskStatus {
    const task = this.tasks.get(id) as SimTask
    this.tasks.delete(id)
    return this.#status(task, state, 'Container exited with status 137')
  }

  /** What has happened to tasks up to now. */
  statuses(now: number): TaskStatus[] {
    return [...this.#unknown.splice(0), ...[...this.tasks.values()].flatMap((task) => this.#news(task, now))]
  }

  #news(task: SimTask, now: number): TaskStatus[] {
    const { behaviour, launched } = task
    const age = now - launched
    if (behaviour.unwell !== undefined && age >= behaviour.unwell) task.dead ??= now + behaviour.dies
    const end =
      task.dead !== undefined && now >= task.dead
        ? { state: 'TASK_KILLED', message: 'Container exited with status 0' }
        : undefined
    const own = behaviour.ends && age >= behaviour.ends.at ? behaviour.ends : undefined
    if (end ?? own) {
      this.tasks.delete(task.info.task_id.value)
      return [this.#status(task, (end ?? own)!.state, (end ?? own)!.message)]
    }
    if (this.killing && task.dead !== undefined && task.state !== 'TASK_KILLING') {
      task.state = 'TASK_KILLING'
      return [this.#status(task, 'TASK_KILLING')]
    }
    if (task.state === 'TASK_STAGING' && age >= behaviour.runs) {
      task.state = 'TASK_RUNNING'
      return [this.#status(task, 'TASK_STARTING'), this.#status(task, 'TASK_RUNNING')]
    }
    const healthy = task.info.health_check ? this.healthy(task.info.task_id.value, now) : undefined
    if (
      healthy === undefined ||
      task.state !== 'TASK_RUNNING' ||
      task.told === healthy ||
      (!healthy && task.told === undefined && age < 2300)
    )
      return []
    task.told = healthy
    return [{ ...this.#status(task, 'TASK_RUNNING'), healthy }]
  }

  #status(task: SimTask, state: string, message = ''): TaskStatus {
    const networks = [{ ip_addresses: [{ protocol: 'IPv4', ip_address: '127.0.0.1' }] }]
    const { task_id } = task.info
    return {
      task_id,
      agent_id: { value: task.agent },
      state,
      message,
      uuid: `${task_id.value} ${state}`,
      container_status: { network_infos: networks },
    }
  }
}
