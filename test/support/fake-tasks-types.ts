/**
 * `good`: healthy 2 s after the start. `sick`: runs, unhealthy. `half`: every other task is sick. `exits`: ends at
 * once, and is restarted. `crashes`: healthy like `good`, and ends 20 s after each start. `big`: no agent has room for
 * it.
 */
export type Does = 'good' | 'sick' | 'half' | 'exits' | 'crashes' | 'big'

/** How many milliseconds after its start a task ends by itself. */
export const ENDS: Partial<Record<Does, number>> = { exits: 500, crashes: 20_000 }

/** An app's definition. */
export interface Definition {
  readonly id: string
  readonly instances: number
  readonly env?: Readonly<Record<string, string>>
  readonly healthChecks?: readonly { readonly protocol?: string }[]
  readonly upgradeStrategy?: { readonly minimumHealthCapacity: number; readonly maximumOverCapacity: number }
  readonly [key: string]: unknown
}

/** A version of the app. */
export interface Version {
  readonly version: string
  readonly config: string
  readonly definition: Definition
}

/** A task, or what waits to be one. */
export interface Instance {
  readonly uuid: string
  readonly host: string
  start: number
  readonly of: Version
  condition: 'Scheduled' | 'Running' | 'Failed' | 'Killing'
  since: number
  healthy: boolean | undefined
  /** Has it ever run? Marathon shows no task for an instance that has not. */
  ran: boolean
}

/** A deployment. */
export interface Plan {
  readonly id: string
  readonly kind: 'scale' | 'restart' | 'stop'
  readonly doomed: ReadonlySet<string>
  begun: boolean
  /** Instances that a scaling has started: it waits for no others. */
  readonly started: Set<Instance>
}

/** The requests, and the history of tasks. */
export interface Log {
  readonly requests: string[]
  readonly killed: { readonly version: string; readonly healthy: boolean }[]
}
