import type { Plan } from '../model/plan.ts'
import type { Cost } from '../transport/transport.ts'
import type { PlanFile } from './plan/plan-file.ts'

/** How a run ended for one host. */
export type Outcome = 'in-sync' | 'changed' | 'failed' | 'unreachable' | 'blocked' | 'refused' | 'planned'

/** The result of a run for one host. `planned` only comes from `plan`: the host has steps. */
export interface HostResult {
  readonly host: string
  readonly outcome: Outcome
  /** Steps that were applied (or, from `plan`, that would be). */
  readonly steps: number
  /**
   * One sentence or several lines: why it failed, was blocked, refused or not reached; what to do. Absent where all is
   * well.
   */
  readonly reason?: string
  /** The last lines of output of the step that failed, control characters removed. */
  readonly output?: readonly string[]
  /** Units whose restart or reload is still owed. */
  readonly owed: readonly string[]
  readonly ms: number
  readonly cost: Cost
  readonly plan?: Plan
  /** The sh that asked how the host is: a probe for each type of its resources; shown as `script` is. */
  readonly probes?: string
  /** The sh that would carry out the plan, secrets shown as `‹secret›`; where it was asked for. */
  readonly script?: string
}

/** The result of a run. */
export interface RunResult {
  readonly hosts: readonly HostResult[]
  readonly ms: number
  /**
   * 0 done or in sync; 1 a host failed, was blocked or refused; 2 `plan` has changes; 4 hosts unreachable and nothing
   * worse.
   */
  readonly exitCode: 0 | 1 | 2 | 4
  /** From `plan`: the stages in which members of a quorum will join; absent where one pass will do. */
  readonly stages?: readonly string[]
  /** From `plan`: what `apply` can be held to. */
  readonly planFile?: PlanFile
}

/**
 * Everything that happens in a run, as data. `at`: milliseconds since the run began (monotonic). Text from hosts is
 * decoded, control characters removed, secrets replaced.
 */
export type RunEvent = { readonly at: number } & (
  | { readonly event: 'run'; readonly command: 'plan' | 'apply'; readonly hosts: readonly string[] }
  | { readonly event: 'connecting'; readonly host: string }
  | { readonly event: 'retry'; readonly host: string; readonly reason: string }
  | { readonly event: 'observing'; readonly host: string }
  | { readonly event: 'plan'; readonly host: string; readonly plan: Plan }
  | { readonly event: 'waiting'; readonly host: string; readonly for: string }
  | { readonly event: 'applying'; readonly host: string; readonly steps: number }
  | {
      readonly event: 'step'
      readonly host: string
      readonly index: number
      readonly of: number
      readonly resource: string
      readonly type: string
      readonly name: string
      /** How many steps it takes at once (neighbouring packages are one transaction); absent: one. */
      readonly count?: number
    }
  | { readonly event: 'output'; readonly host: string; readonly line: string }
  | { readonly event: 'step-done'; readonly host: string; readonly index: number; readonly ms: number }
  | { readonly event: 'step-failed'; readonly host: string; readonly index: number; readonly ms: number }
  | { readonly event: 'verifying'; readonly host: string }
  | {
      readonly event: 'gate'
      readonly host: string
      readonly recipe: string
      readonly green: boolean
      readonly says: string
    }
  /** A stage begins: its hosts are run, as by a run of their own. */
  | {
      readonly event: 'stage'
      readonly index: number
      readonly of: number
      readonly says: string
      readonly hosts: readonly string[]
    }
  | { readonly event: 'stopping'; readonly reason: string }
  | ({ readonly event: 'host' } & HostResult)
  | ({ readonly event: 'done' } & Omit<RunResult, 'hosts' | 'planFile'>)
)
