import type { Link } from '../common/link.ts'
import type { FrameworkInfo, Task, TaskInfo, TaskStatus } from '../common/proto.ts'
import type { FromExecutor, ToExecutor } from '../executor/messages.ts'

export type ExecutorLink = Link<FromExecutor, ToExecutor>

/** What is kept of a task's run over restarts of the agent. */
export interface Kept {
  readonly framework: FrameworkInfo
  readonly info: TaskInfo
  readonly task: Task
  /** A uuid; the container's name is `mesos-` and this. */
  readonly container: string
  readonly directory: string
  /** Told to the master, and not yet acknowledged by the framework: the first is being told. */
  readonly updates: TaskStatus[]
}

/** A task on this agent, and the executor that runs it: one each. */
export interface Run extends Kept {
  link?: ExecutorLink
  /** Its executor's process, where this agent's process started it. */
  pid?: number
  /** Why it is being ended, where that is told with its states. */
  reason?: string
  killing: boolean
  /** The executor has gone. */
  ended: boolean
  /** Tells the first update again until it is acknowledged. */
  retry?: NodeJS.Timeout
}

export const frameworkOf = (run: Kept): string => run.task.framework_id.value
export const idOf = (run: Kept): string => run.task.task_id.value
