import type { Plan } from '../model/plan.ts'
import type { Cost } from '../transport/transport.ts'
import type { PlanFile } from './plan/plan-file.ts'

/** How a run ended for one host. */
export type Outcome = 'in-sync' | 'changed' | 'failed' | 'unreachable' | 'blocked' | 'refused' | 'planned'

/** The result of a run for one host. `planned` only comes from `plan`: the host has steps. */
export interface HostResult {
  readonly host: string
  readonly outcome: Outcome
  /** Steps that were applied (or, for `plan`, would be). */
  readonly steps: number
  /**
   * One sentence, or several lines: why the host failed, was blocked, refused or not reached, and what to do. Absent if
   * all is well.
   */
  readonly reason?: string
  /** The last output lines of the step that failed, without control characters. */
  readonly output?: readonly string[]
  /** Units that still owe a restart or reload. */
  readonly owed: readonly string[]
  readonly ms: number
  readonly cost: Cost
  readonly plan?: Plan
  /** The sh that observed the host: one probe for each resource type; present if `script` is. */
  readonly probes?: string
  /** The sh that would carry out the plan, with secrets shown as `‹secret›`; present on request. */
  readonly script?: string
}

/** The result of a run. */
export interface RunResult {
  readonly hosts: readonly HostResult[]
  readonly ms: number
  /**
   * 0: done or in sync; 1: a host failed, was blocked or refused; 2: `plan` has changes; 4: some hosts were
   * unreachable, and nothing worse happened.
   */
  readonly exitCode: 0 | 1 | 2 | 4
  /** From `plan`: the stages in which members will join a quorum; absent if one pass suffices. */
  readonly stages?: readonly string[]
  /** From `plan`: the file that `apply --plan` can be held to. */
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
      /** How many steps it applies at once (neighbouring packages are one transaction); absent for one. */
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
  /** A stage begins. It runs over its hosts like a run of its own. */
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
