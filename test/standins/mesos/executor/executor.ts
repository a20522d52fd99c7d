import { randomBytes } from 'node:crypto'
import type { Link } from '../common/link.ts'
import { now } from '../common/numbers.ts'
import { isTerminal, type TaskStatus } from '../common/proto.ts'
import { startContainer } from './container.ts'
import { probeOf, watchHealth } from './health.ts'
import type { FromExecutor, Order, ToExecutor } from './messages.ts'
import { startProcess } from './process.ts'
import type { Workload } from './workload.ts'

/**
 * Looks after one task: starts it, watches its health, ends it, and tells the agent, again until the agent has kept it.
 */
export class Executor {
  #link: Link<ToExecutor, FromExecutor> | undefined
  #workload: Workload | undefined
  #order: Order | undefined
  #over = false
  #killed: { readonly reason?: string } | undefined
  #healthy: boolean | undefined
  #ip: string | undefined
  /** Told, and not yet known to be kept by the agent. */
  readonly #pending: TaskStatus[] = []

  /** Serves a link until it ends. */
  serve(
    link: Link<ToExecutor, FromExecutor>,
    who: { readonly framework: string; readonly container: string },
  ): Promise<void> {
    this.#link = link
    link.on('message', (message) => this.#heard(message))
    link.send({ type: 'register', ...who })
    for (const status of this.#pending) link.send({ type: 'update', status })
    return new Promise((resolve) => link.on('close', resolve))
  }

  /** Ends the task without anybody to tell. */
  abandon(why: string): void {
    process.stderr.write(`Shutting down: ${why}\n`)
    if (!this.#workload) process.exit(1)
    this.#workload.kill(this.#order?.grace ?? 0)
    this.#workload.ended.then(() => process.exit(1))
  }

  #heard(message: ToExecutor): void {
    if (message.type === 'run' && !this.#order) this.#start(message.order)
    if (message.type === 'kill') this.#kill(message.graceMs, message.reason)
    if (message.type === 'destroy') this.#workload?.kill(0)
    if (message.type !== 'acknowledge') return
    const at = this.#pending.findIndex((s) => s.uuid === message.uuid)
    const [kept] = at < 0 ? [] : this.#pending.splice(at, 1)
    if (kept && isTerminal(kept.state) && this.#pending.length === 0) setTimeout(() => process.exit(0), 100)
  }

  async #start(order: Order): Promise<void> {
    this.#order = order
    this.#tell('TASK_STARTING')
    const workload = order.task.container?.type === 'DOCKER' ? startContainer(order) : startProcess(order)
    this.#workload = workload
    workload.ended.then(({ ok, message }) => this.#ended(ok, message))
    try {
      const { data, ip } = await workload.running()
      this.#ip = ip
      if (this.#over || this.#killed) return
      this.#tell('TASK_RUNNING', data === undefined ? {} : { data })
    } catch {
      return
    }
    const { health_check } = order.task
    if (!health_check) return
    const tell = (healthy: boolean): void => {
      this.#healthy = healthy
      this.#tell('TASK_RUNNING', { healthy, reason: 'REASON_TASK_HEALTH_CHECK_STATUS_UPDATED' })
    }
    watchHealth(
      health_check,
      probeOf(health_check, workload, order.launcherDir),
      tell,
      () => this.#kill(undefined, undefined),
      () => this.#over || this.#killed !== undefined,
    )
  }

  #kill(graceMs: number | undefined, reason: string | undefined): void {
    if (this.#over || !this.#order) return
    const policy = this.#order.task.kill_policy?.grace_period
    const grace = graceMs ?? (policy ? policy.nanoseconds / 1e6 : this.#order.grace)
    const first = this.#killed === undefined
    this.#killed = { ...(reason !== undefined && { reason }) }
    this.#ip = undefined
    if (first && this.#order.killingState) this.#tell('TASK_KILLING', this.#killed)
    this.#workload?.kill(grace)
  }

  #ended(ok: boolean, message: string): void {
    this.#over = true
    this.#ip = undefined
    const unhealthy = this.#healthy === false ? { healthy: false } : {}
    if (this.#killed) this.#tell('TASK_KILLED', { message, ...this.#killed, ...unhealthy })
    else this.#tell(ok ? 'TASK_FINISHED' : 'TASK_FAILED', { message })
  }

  #tell(state: string, rest: Partial<TaskStatus> = {}): void {
    if (!this.#order) return
    const { task, container } = this.#order
    const pid = task.container?.type === 'DOCKER' ? {} : { executor_pid: process.pid }
    const status: TaskStatus = {
      task_id: task.task_id,
      state,
      ...rest,
      source: 'SOURCE_EXECUTOR',
      agent_id: task.agent_id,
      executor_id: task.task_id,
      timestamp: now(),
      uuid: randomBytes(16).toString('base64'),
      container_status: {
        container_id: { value: container },
        ...(this.#ip && { network_infos: [{ ip_addresses: [{ protocol: 'IPv4', ip_address: this.#ip }] }] }),
        ...pid,
      },
    }
    this.#pending.push(status)
    this.#link?.send({ type: 'update', status })
  }
}
