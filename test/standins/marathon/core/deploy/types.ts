import type { App } from '../../app/types.ts'

export type ActionName = 'StartApplication' | 'ScaleApplication' | 'RestartApplication' | 'StopApplication'

export interface Action {
  readonly action: ActionName
  readonly app: App
  readonly scaleTo?: number
  /** Instances that are to go first. */
  readonly toKill?: readonly string[]
}

export interface Plan {
  readonly id: string
  readonly version: string
  readonly steps: readonly (readonly Action[])[]
  /** The affected apps before, by id; who is missing was created. What a rollback goes back to. */
  readonly original: Readonly<Record<string, App>>
  /** Ids of the affected apps that are to be there afterwards. */
  readonly target: readonly string[]
}

/** How far one action of the current step is. */
export type Progress =
  | { readonly kind: 'done' }
  | { readonly kind: 'stop'; readonly app: string; readonly waiting: readonly string[] }
  | ({ readonly kind: 'scale' } & Scale)
  | ({ readonly kind: 'replace' } & Replace)

export interface Scale {
  readonly app: App
  /** Instances that must be gone before any is started. */
  readonly waiting: readonly string[]
  /** New instances that must become healthy and ready; 0 while nothing was asked to start. */
  readonly toStart: number
  readonly started: boolean
  readonly healthy: readonly string[]
  readonly ready: readonly string[]
}

export interface Replace {
  readonly app: App
  readonly maxCapacity: number
  /** Old instances that are there, dying ones included. */
  readonly old: readonly string[]
  /** Old ones that have not yet been told to die, in the order in which they will be. */
  readonly toKill: readonly string[]
  readonly started: number
  readonly healthy: readonly string[]
  readonly ready: readonly string[]
}

export interface Running {
  readonly plan: Plan
  /** From 1; 0 before the first. */
  readonly step: number
  readonly progress: readonly Progress[]
  readonly lock: number
}

export const affected = (plan: Plan): string[] => [...new Set(plan.steps.flat().map((a) => a.app.id))]

/** What an action wants done: instances told to die, others started. */
export interface Wants<State> {
  readonly state: State
  readonly kill: readonly string[]
  readonly start: number
}
