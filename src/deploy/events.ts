import type { Finding } from './check/rule.ts'

/** The tasks of an app on one host while the app is being replaced. */
export interface HostTasks {
  /** The host's name in the inventory, or what Mesos calls it if it is none of those. */
  readonly host: string
  readonly old: number
  readonly fresh: number
  /** Those of `fresh` that are well. */
  readonly healthy: number
}

/** Why instances are not started: Marathon declines the offers, or waits after a failure. */
export type Held = 'refused' | 'delayed'

/** How an image got to a slave. `absent`: it could not be brought there. */
export type ImageState = 'looking' | 'there' | 'loading' | 'loaded' | 'pulling' | 'pulled' | 'absent' | 'unreachable'

/**
 * How a deployment, a scaling, a removal or a balancing ended. `unserved`: the app is live but a HAProxy does not send
 * to it, or it is removed but a HAProxy still has it. `left`: Marathon goes on by itself. `present`: the app would be
 * removed. `absent`: there was nothing to remove. `level`: no move would help. `uneven`: tasks would be moved.
 */
export type DeployOutcome =
  | 'live'
  | 'unchanged'
  | 'unserved'
  | 'refused'
  | 'failed'
  | 'unreachable'
  | 'left'
  | 'removed'
  | 'present'
  | 'absent'
  | 'balanced'
  | 'level'
  | 'uneven'

/** Requests that were sent through the HAProxies during the deployment. */
export interface Probes {
  readonly asked: number
  readonly failed: number
  /** What the first failed one was answered. */
  readonly first?: string
}

/** The result of a deployment or a scaling. */
export interface DeployResult {
  readonly app: string
  readonly outcome: DeployOutcome
  /** What people call the version before; absent if there was none. */
  readonly from?: string
  /** What people call the new one. */
  readonly to: string
  readonly instances: number
  /** One sentence or several lines: why it is not live, and what to do. */
  readonly reason?: string
  /** The last lines that a failed task wrote to its standard error, control characters removed. */
  readonly words?: { readonly host: string; readonly lines: readonly string[] }
  /** Where it failed: does the version before serve again, with how many healthy tasks of how many? */
  readonly back?: { readonly done: boolean; readonly healthy: number; readonly of: number }
  readonly findings: readonly Finding[]
  readonly probes?: Probes
  readonly ms: number
  /**
   * 0 live; 2 it would be removed or balanced; 1 failed, refused or left; 4 Marathon or a host that is needed cannot be
   * reached.
   */
  readonly exitCode: 0 | 1 | 2 | 4
}

/**
 * Everything that happens, as data. `at`: milliseconds since the beginning (monotonic). Text from hosts is free of
 * control characters and secrets.
 */
export type DeployEvent = { readonly at: number } & (
  | {
      readonly event: 'begin'
      readonly app: string
      readonly from?: string
      readonly to: string
      readonly instances: number
      readonly before?: number
    }
  | ({ readonly event: 'finding' } & Finding)
  | { readonly event: 'waiting'; readonly for: string }
  | { readonly event: 'resuming'; readonly says: string }
  | { readonly event: 'image'; readonly host: string; readonly state: ImageState; readonly says?: string }
  | { readonly event: 'sent'; readonly version: string; readonly deployment: string }
  | {
      readonly event: 'rolling'
      readonly phase: 'forward' | 'back'
      /** Healthy tasks of the wanted version, of how many. */
      readonly healthy: number
      readonly of: number
      readonly old: number
      readonly hosts: readonly HostTasks[]
      /** What it waits for, where nothing can be started: which offers were refused and why. */
      readonly waits?: string
      /**
       * Why no task is started for it: its offers are refused, or it is held back after a failure. Absent: only the
       * next offer is waited for.
       */
      readonly held?: Held
    }
  | {
      readonly event: 'task-failed'
      readonly host: string
      readonly task: string
      readonly says: string
      readonly lines: readonly string[]
    }
  | { readonly event: 'away'; readonly says: string }
  | { readonly event: 'again' }
  | { readonly event: 'back'; readonly says: string }
  | { readonly event: 'serving'; readonly host: string; readonly ok: boolean; readonly says: string }
  | {
      /** What a removal is about. */
      readonly event: 'removal'
      readonly tasks: readonly { readonly host: string; readonly count: number }[]
      /** Its name in Consul, and how many tasks are registered there; absent if it is not behind the HAProxies. */
      readonly service?: string
      readonly registered?: number
      /** The hosts whose HAProxy has it. */
      readonly balancers: readonly string[]
      /** Host and path by which requests mean it. */
      readonly route?: string
    }
  | {
      /** What is left of an app that is being removed. */
      readonly event: 'leaving'
      readonly tasks: number
      readonly registered: number
      /** How many HAProxies still have it. */
      readonly balancers: number
    }
  | {
      /** Where the tasks of an app are that is balanced, and what is to be moved. */
      readonly event: 'balance'
      readonly hosts: readonly { readonly host: string; readonly count: number }[]
      readonly moves: readonly { readonly from: string; readonly to: string }[]
    }
  | { readonly event: 'moved'; readonly from: string; readonly to: string }
  | { readonly event: 'stopping'; readonly reason: string }
  | ({ readonly event: 'done' } & DeployResult)
)
