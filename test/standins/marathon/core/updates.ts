import { addDelay } from './backoff.ts'
import { mesosHealth } from './health/mesos.ts'
import { instanceOf } from './ids.ts'
import { type Condition, conditionOf, type Instance, lost, type Task, terminal } from './instance.ts'
import { become, expunge, keep, tell } from './instances.ts'
import type { TaskStatus } from './mesos.ts'
import { iso } from './time.ts'
import { call, emit, put, type Turn } from './turn.ts'
import { specOf } from './world.ts'

/** Ends that make the next launch wait. Being killed is none. */
const OWN_ENDS: readonly Condition[] = ['Failed', 'Error', 'Finished', 'Dropped', 'Gone']
const FAILURES: readonly Condition[] = ['Failed', 'Error', 'Dropped', 'Gone']

const addresses = (status: TaskStatus) =>
  (status.container_status?.network_infos ?? []).flatMap((network) =>
    (network.ip_addresses ?? []).flatMap(({ ip_address, protocol = 'IPv4' }) =>
      ip_address === undefined ? [] : [{ ipAddress: ip_address, protocol }],
    ),
  )

const acknowledge = (turn: Turn, { task_id, agent_id, uuid }: TaskStatus): void => {
  if (uuid !== undefined && agent_id) call(turn, { type: 'ACKNOWLEDGE', acknowledge: { agent_id, task_id, uuid } })
}

/** A task that no instance stands for: what still lives is killed, what has ended is told as such. */
const unknown = (turn: Turn, status: TaskStatus, id: string | undefined): void => {
  const condition = conditionOf(status.state)
  if (lost(condition)) {
    if (id === undefined || status.reason === 'REASON_RECONCILIATION') return
    const runSpecId = `/${id.replace(/\.(instance|marathon)-.*$/, '').replaceAll('_', '/')}`
    emit(turn, 'unknown_instance_terminated_event', { instanceId: id, runSpecId, condition })
    return
  }
  if (condition === 'Unreachable' || condition === 'Killing') return
  call(turn, { type: 'KILL', kill: { task_id: status.task_id, ...(status.agent_id && { agent_id: status.agent_id }) } })
}

/** What an unreachable instance is at once: with no time to wait it is given up immediately. */
const unreachable = (turn: Turn, instance: Instance): Condition => {
  const strategy = specOf(turn.world, instance)?.unreachableStrategy
  return strategy && strategy !== 'disabled' && strategy.inactiveAfterSeconds === 0
    ? 'UnreachableInactive'
    : 'Unreachable'
}

const remember = (turn: Turn, instance: Instance, status: TaskStatus): void => {
  const cause = turn.world.condemned[instance.id]
  if (cause === undefined && !FAILURES.includes(instance.condition)) return
  const { task } = instance
  put(turn, 'failures', instance.app, {
    appId: instance.app,
    host: task?.host ?? '',
    message:
      cause === undefined ? (status.message ?? '') : `Task was killed since health check failed. Reason: ${cause}`,
    state: status.state,
    taskId: status.task_id.value,
    timestamp: iso(turn.now),
    version: instance.version,
    ...(task && { slaveId: task.agent }),
  })
}

const announce = (turn: Turn, instance: Instance, status: TaskStatus): void =>
  emit(turn, 'status_update_event', {
    slaveId: status.agent_id?.value ?? '',
    taskId: status.task_id.value,
    taskStatus: status.state,
    message: status.message ?? '',
    appId: instance.app,
    host: instance.task?.host ?? '',
    ipAddresses: addresses(status),
    ports: instance.task?.ports ?? [],
    version: instance.version,
  })

/** A terminal instance: forgotten where its end was wanted or it has been given up, else it waits for its relaunch. */
const ended = (turn: Turn, instance: Instance, status: TaskStatus): void => {
  remember(turn, instance, status)
  const spec = specOf(turn.world, instance)
  if (spec && OWN_ENDS.includes(instance.condition)) addDelay(turn, spec)
  const expungeAtOnce =
    instance.condition === 'UnreachableInactive' &&
    spec?.unreachableStrategy !== 'disabled' &&
    spec?.unreachableStrategy.expungeAfterSeconds === 0
  if (instance.goal !== 'Running' || expungeAtOnce) expunge(turn, instance.id)
  else put(turn, 'condemned', instance.id, undefined)
}

/** An instance as a status makes it. */
const withStatus = (turn: Turn, before: Instance, task: Task, status: TaskStatus): Instance => {
  const told = conditionOf(status.state)
  const condition = told === 'Unreachable' ? unreachable(turn, before) : told
  const { healthy: was, ...rest } = become(before, condition, turn.now)
  const healthy = lost(condition) ? undefined : (status.healthy ?? was)
  const found = addresses(status)
  const started = condition === 'Running' ? (task.started ?? turn.now) : task.started
  return {
    ...rest,
    ...(healthy !== undefined && { healthy }),
    task: {
      ...task,
      state: status.state,
      addresses: found.length > 0 || condition.startsWith('Unreachable') ? found : task.addresses,
      ...(started !== undefined && { started }),
    },
  }
}

/** Mesos's verdict on a task's health, where it is another. */
const tellHealth = (turn: Turn, { id, app, version, healthy }: Instance): void => {
  const news = healthy ?? null
  emit(turn, 'instance_health_changed_event', {
    instanceId: id,
    runSpecId: app,
    healthy: news,
    runSpecVersion: version,
  })
  turn.todo.push({ todo: 'healthy', instance: id, healthy: news })
}

/** Mesos tells how a task is. */
export const statusUpdate = (turn: Turn, status: TaskStatus): void => {
  acknowledge(turn, status)
  const id = instanceOf(status.task_id.value)
  const before = id === undefined ? undefined : turn.world.instances[id]
  const task = before?.task
  if (!before || task?.id !== status.task_id.value) {
    unknown(turn, status, id)
    return
  }
  if (terminal(before.condition)) return // told again
  const instance = keep(turn, withStatus(turn, before, task, status))
  announce(turn, instance, status)
  mesosHealth(turn, before, instance, status)
  if (instance.condition !== before.condition) tell(turn, instance, before)
  if (before.healthy !== instance.healthy) tellHealth(turn, instance)
  if (lost(instance.condition)) ended(turn, instance, status)
}
