import type { Finding } from './check/rule.ts'

/** An app's tasks on one host during a deployment. */
export interface HostTasks {
  /** The host's name in the inventory, or Mesos' name for it if the inventory has none. */
  readonly host: string
  readonly old: number
  readonly fresh: number
  /** How many of `fresh` are healthy. */
  readonly healthy: number
}

/** Why Marathon starts no instances: it declines the offers, or delays the launch after a failure. */
export type Held = 'refused' | 'delayed'

/** The state of an image on a slave. `absent`: the slave could not get it. */
export type ImageState = 'looking' | 'there' | 'loading' | 'loaded' | 'pulling' | 'pulled' | 'absent' | 'unreachable'

/**
 * How a deployment, a scaling, a removal or a balancing ended. `unserved`: the app is live but a HAProxy does not send
 * to it, or it is removed but a HAProxy still has it. `left`: Marathon continues on its own. `present`: the app would
 * be removed. `absent`: there was nothing to remove. `level`: no move would help. `uneven`: tasks would be moved.
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

/** The requests that were sent through the HAProxies during the deployment. */
export interface Probes {
  readonly asked: number
  readonly failed: number
  /** The answer to the first failed request. */
  readonly first?: string
}

/** The result of a deployment or a scaling. */
export interface DeployResult {
  readonly app: string
  readonly outcome: DeployOutcome
  /** The name of the previous version; absent if there was none. */
  readonly from?: string
  /** The name of the new version. */
  readonly to: string
  readonly instances: number
  /** Why it is not live, and what to do: a sentence or several lines. */
  readonly reason?: string
  /** The last lines of a failed task's standard error, without control characters. */
  readonly words?: { readonly host: string; readonly lines: readonly string[] }
  /** After a failure: is the previous version serving again, and with how many healthy tasks of how many? */
  readonly back?: { readonly done: boolean; readonly healthy: number; readonly of: number }
  readonly findings: readonly Finding[]
  readonly probes?: Probes
  readonly ms: number
  /**
   * 0: live; 1: failed, refused or left; 2: the app would be removed or balanced; 4: Marathon or a required host is
   * unreachable.
   */
  readonly exitCode: 0 | 1 | 2 | 4
}

/**
 * Everything that happens, as data. `at`: milliseconds since the start (monotonic). Text from hosts contains no control
 * characters and no secrets.
 */
export type DeployEvent = { readonly at: number } & (
  | {
      readonly event: 'begin'
      readonly app: string
      readonly from?: string
      readonly to: string
      readonly instances: number
      readonly before?: number
      /** The app whose place it takes. */
      readonly replaces?: string
    }
  | ({ readonly event: 'finding' } & Finding)
  | { readonly event: 'waiting'; readonly for: string }
  | { readonly event: 'resuming'; readonly says: string }
  | { readonly event: 'image'; readonly host: string; readonly state: ImageState; readonly says?: string }
  | { readonly event: 'sent'; readonly version: string; readonly deployment: string }
  | {
      readonly event: 'rolling'
      readonly phase: 'forward' | 'back'
      /** How many tasks of the new version are healthy, of how many. */
      readonly healthy: number
      readonly of: number
      readonly old: number
      readonly hosts: readonly HostTasks[]
      /** What the deployment waits for if nothing can start: which offers were declined and why. */
      readonly waits?: string
      /**
       * Why no task starts: Marathon declines the offers, or delays the launch after a failure. Absent: it only waits
       * for the next offer.
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
      /** What a removal would remove. */
      readonly event: 'removal'
      readonly tasks: readonly { readonly host: string; readonly count: number }[]
      /**
       * The app's service in Consul, and how many of its tasks are registered; absent if it is not behind the
       * HAProxies, or if another app has the same.
       */
      readonly service?: string
      readonly registered?: number
      /** The hosts whose HAProxy has it. */
      readonly balancers: readonly string[]
      /** The host and path that route requests to it. */
      readonly route?: string
    }
  | {
      /** What still exists of an app during its removal. */
      readonly event: 'leaving'
      readonly tasks: number
      readonly registered: number
      /** How many HAProxies still have it. */
      readonly balancers: number
    }
  | {
      /** Where the tasks of an app are during balancing, and which are to move. */
      readonly event: 'balance'
      readonly hosts: readonly { readonly host: string; readonly count: number }[]
      readonly moves: readonly { readonly from: string; readonly to: string }[]
    }
  | { readonly event: 'moved'; readonly from: string; readonly to: string }
  | { readonly event: 'stopping'; readonly reason: string }
  | ({ readonly event: 'done' } & DeployResult)
)
