import { now } from '../common/numbers.ts'
import { isTerminal, type Task, type TaskStatus } from '../common/proto.ts'
import { type Agent, count, type Framework, hasCapability, type State, taskKey } from './state.ts'
import { update } from './stream.ts'

const MOST_COMPLETED = 1000

/** Notes a status: of several that say the same state only the last is kept. */
export function note(task: Task, status: TaskStatus): void {
  if (task.statuses.at(-1)?.state === status.state) task.statuses.pop()
  task.statuses.push(status)
}

/**
 * A status that the master itself gives, about a task or one that it does not know; without a uuid, so it wants no
 * acknowledgement.
 */
export const masterStatus = (task: string, state: string, rest: Partial<TaskStatus>): TaskStatus => ({
  task_id: { value: task },
  state,
  source: 'SOURCE_MASTER',
  ...rest,
  timestamp: now(),
})

/**
 * A status from an agent: noted, and passed on. `latest` is the task's state by now, which may be ahead of what is
 * being told.
 */
export function fromAgent(state: State, agent: Agent, framework: string, status: TaskStatus, latest: string): void {
  count(state, 'status_updates')
  const task = state.tasks.get(taskKey(framework, status.task_id.value))
  if (task) {
    if (!isTerminal(task.state)) {
      task.state = latest
      if (isTerminal(latest)) count(state, `${status.source} ${latest} ${status.reason ?? ''}`)
    }
    task.status_update_state = status.state
    if (status.uuid !== undefined) task.status_update_uuid = status.uuid
    note(task, status)
  }
  const its = state.frameworks.get(framework)
  if (its) update(state, its, status)
  // nobody else will
  else if (status.uuid !== undefined)
    agent.link?.send({ type: 'acknowledge', framework, task: status.task_id.value, uuid: status.uuid })
}

/** A framework has taken note of a status: its agent is told; a task that has ended is done with. */
export function acknowledge(state: State, framework: Framework, agent: string, id: string, uuid: string): void {
  const task = state.tasks.get(taskKey(framework.id, id))
  const its = state.agents.get(agent)
  its?.link?.send({ type: 'acknowledge', framework: framework.id, task: id, uuid })
  if (!task || !isTerminal(task.status_update_state ?? '') || task.status_update_uuid !== uuid) return
  complete(state, framework, task)
}

/** Moves a task to those that are done with. */
export function complete(state: State, framework: Framework, task: Task): void {
  state.tasks.delete(taskKey(framework.id, task.task_id.value))
  framework.completed.push(task)
  if (framework.completed.length > MOST_COMPLETED) framework.completed.shift()
}

/** Ends all tasks of an agent that is no more, and tells whose they were. Unreachable ones are remembered as that. */
export function loseTasks(
  state: State,
  agent: string,
  as: { readonly state: string; readonly reason: string; readonly message: string },
  rest: Partial<TaskStatus> = {},
): void {
  for (const task of [...state.tasks.values()].filter((t) => t.agent_id.value === agent)) {
    const framework = state.frameworks.get(task.framework_id.value)
    if (!framework) continue
    const unreachable = as.state === 'TASK_UNREACHABLE' && hasCapability(framework.info, 'PARTITION_AWARE')
    const end = as.state === 'TASK_UNREACHABLE' && !unreachable ? 'TASK_LOST' : as.state
    if (isTerminal(task.state)) {
      complete(state, framework, task)
      continue
    }
    const status = masterStatus(task.task_id.value, end, {
      message: as.message,
      reason: as.reason,
      agent_id: task.agent_id,
      ...(unreachable && rest),
    })
    task.state = end
    note(task, status)
    update(state, framework, status)
    if (!unreachable) {
      complete(state, framework, task)
      continue
    }
    state.tasks.delete(taskKey(framework.id, task.task_id.value))
    framework.unreachable.push(task)
  }
}
