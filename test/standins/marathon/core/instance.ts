import type { Attribute } from './mesos.ts'

/** What an instance is, in Marathon's words. Scheduled ones wait for an offer; a relaunched task keeps its instance. */
export type Condition =
  | 'Scheduled'
  | 'Provisioned'
  | 'Staging'
  | 'Starting'
  | 'Running'
  | 'Killing'
  | 'Unreachable'
  | 'UnreachableInactive'
  | 'Killed'
  | 'Failed'
  | 'Finished'
  | 'Error'
  | 'Dropped'
  | 'Gone'
  | 'Unknown'

export interface Task {
  readonly id: string
  readonly state: string
  readonly host: string
  readonly agent: string
  /** The agent's, for constraints. */
  readonly attributes: readonly Attribute[]
  readonly ports: readonly number[]
  readonly addresses: readonly { readonly ipAddress: string; readonly protocol: string }[]
  readonly staged: number
  readonly started?: number
}

export interface Instance {
  readonly id: string
  readonly app: string
  /** The version of the app that it runs. */
  readonly version: string
  readonly goal: 'Running' | 'Decommissioned'
  readonly condition: Condition
  readonly since: number
  readonly activeSince?: number
  /** By Mesos's own checks; absent where there are none, or none has spoken. */
  readonly healthy?: boolean
  /** How many tasks it has had. */
  readonly incarnation: number
  /** The last of them. */
  readonly task?: Task
  /** When it was last told to die. */
  readonly killed?: number
}

const TERMINAL: ReadonlySet<Condition> = new Set<Condition>([
  'Killed',
  'Failed',
  'Finished',
  'Error',
  'Dropped',
  'Gone',
  'Unknown',
])

export const terminal = (condition: Condition): boolean => TERMINAL.has(condition)

/** What a deployment takes for gone. */
export const lost = (condition: Condition): boolean => terminal(condition) || condition === 'UnreachableInactive'

/** There is a process that Mesos must be asked to end. */
export const launched = ({ condition }: Instance): boolean => !terminal(condition) && condition !== 'Scheduled'

const CONDITIONS: Readonly<Record<string, Condition>> = {
  TASK_STAGING: 'Staging',
  TASK_STARTING: 'Starting',
  TASK_RUNNING: 'Running',
  TASK_KILLING: 'Killing',
  TASK_KILLED: 'Killed',
  TASK_FAILED: 'Failed',
  TASK_FINISHED: 'Finished',
  TASK_ERROR: 'Error',
  TASK_DROPPED: 'Dropped',
  TASK_LOST: 'Dropped',
  TASK_GONE: 'Gone',
  TASK_GONE_BY_OPERATOR: 'Gone',
  TASK_UNREACHABLE: 'Unreachable',
  TASK_UNKNOWN: 'Unknown',
}

/** A state of Mesos as a condition. */
export const conditionOf = (state: string): Condition => CONDITIONS[state] ?? 'Unknown'
