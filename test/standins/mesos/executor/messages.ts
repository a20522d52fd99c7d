import type { TaskInfo, TaskStatus } from '../common/proto.ts'

/** What an executor is told to do, and with what. */
export interface Order {
  readonly task: TaskInfo
  readonly container: string
  readonly directory: string
  /**
   * What is told of the task while it starts and runs is told by the executor; states that a framework does not know
   * are left out.
   */
  readonly killingState: boolean
  readonly role: string
  /** Milliseconds that a task has to end where neither it nor who ends it says. */
  readonly grace: number
  readonly docker: readonly string[]
  readonly launcherDir: string
  readonly sandbox: string
  readonly enableCfs: boolean
}

/** From executor to agent. */
export type FromExecutor =
  | { readonly type: 'register'; readonly framework: string; readonly container: string }
  | { readonly type: 'update'; readonly status: TaskStatus }

/** From agent to executor. */
export type ToExecutor =
  | { readonly type: 'run'; readonly order: Order }
  | { readonly type: 'kill'; readonly graceMs?: number; readonly reason?: string }
  | { readonly type: 'acknowledge'; readonly uuid: string }
  /** Ends the task at once, as if by itself. */
  | { readonly type: 'destroy' }
