import type { Id } from '../common/proto.ts'
import { type Framework, hasCapability, type State, taskKey } from './state.ts'
import { update } from './stream.ts'
import { masterStatus } from './tasks.ts'

/** Tells a framework the latest state of the tasks that it asks for; of all that are known, where it names none. */
export function reconcile(
  state: State,
  framework: Framework,
  tasks: readonly { readonly task_id: Id; readonly agent_id?: Id }[],
): void {
  if (tasks.length > 0) {
    for (const { task_id, agent_id } of tasks) reconcileOne(state, framework, task_id.value, agent_id?.value)
    return
  }
  for (const task of state.tasks.values())
    if (task.framework_id.value === framework.id) reconcileOne(state, framework, task.task_id.value)
}

/**
 * The same for one. Of a task whose agent has yet to register with this master nothing is said: it is too early to
 * tell.
 */
export function reconcileOne(state: State, framework: Framework, id: string, agent?: string): void {
  const reason = 'REASON_RECONCILIATION'
  const aware = hasCapability(framework.info, 'PARTITION_AWARE')
  const task = state.tasks.get(taskKey(framework.id, id))
  if (task) {
    const { container_status, healthy } = [...task.statuses].reverse().find((s) => s.container_status) ?? {}
    const rest = {
      message: 'Reconciliation: Latest task state',
      reason,
      agent_id: task.agent_id,
      ...(container_status && { container_status }),
      ...(healthy !== undefined && { healthy }),
    }
    update(state, framework, masterStatus(id, task.status_update_state ?? task.state, rest))
    return
  }
  if (agent === undefined ? state.missing.size > 0 : state.missing.has(agent)) return
  const away = framework.unreachable.find((t) => t.task_id.value === id)
  const [end, message] = away
    ? [aware ? 'TASK_UNREACHABLE' : 'TASK_LOST', 'Reconciliation: Task is unreachable']
    : [aware ? 'TASK_UNKNOWN' : 'TASK_LOST', 'Reconciliation: Task is unknown']
  update(
    state,
    framework,
    masterStatus(id, end, { message, reason, ...(agent !== undefined && { agent_id: { value: agent } }) }),
  )
}
