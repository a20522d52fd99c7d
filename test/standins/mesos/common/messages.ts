import type { AgentInfo, DrainConfig, FrameworkInfo, Id, KillPolicy, Task, TaskInfo, TaskStatus } from './proto.ts'

/** What an agent says of itself when it registers. */
export interface Registration {
  readonly info: AgentInfo
  readonly pid: string
  readonly version: string
  readonly capabilities: readonly string[]
  readonly credential?: { readonly principal: string; readonly secret: string }
  /** What runs there and whose it is; with an id only. */
  readonly tasks: readonly Task[]
  readonly frameworks: readonly FrameworkInfo[]
}

/** From agent to master, over the stand-ins' own link. */
export type FromAgent =
  | ({ readonly type: 'register' } & Registration)
  | { readonly type: 'update'; readonly framework: Id; readonly status: TaskStatus; readonly latest: string }
  | { readonly type: 'pong' }
  | { readonly type: 'executor-exited'; readonly framework: Id; readonly executor: string; readonly status: number }
  | { readonly type: 'unregister' }

/** From master to agent. */
export type ToAgent =
  /** `silence`: after so many milliseconds without a ping the agent takes the master for lost. */
  | { readonly type: 'registered'; readonly id: string; readonly silence: number; readonly drain?: DrainConfig }
  | { readonly type: 'refused' }
  | { readonly type: 'ping' }
  | { readonly type: 'run'; readonly framework: FrameworkInfo; readonly task: TaskInfo }
  | { readonly type: 'kill'; readonly framework: string; readonly task: string; readonly policy?: KillPolicy }
  | { readonly type: 'acknowledge'; readonly framework: string; readonly task: string; readonly uuid: string }
  | { readonly type: 'end-framework'; readonly framework: string }
  | { readonly type: 'drain'; readonly config: DrainConfig }
  | { readonly type: 'undrain' }
  | { readonly type: 'shutdown'; readonly message: string }
