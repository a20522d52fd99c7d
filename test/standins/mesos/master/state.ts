import type { ServerResponse } from 'node:http'
import type { Flags } from '../common/flags.ts'
import type { Link } from '../common/link.ts'
import type { Log } from '../common/log.ts'
import type { FromAgent, ToAgent } from '../common/messages.ts'
import type { AgentInfo, FrameworkInfo, Task } from '../common/proto.ts'
import type { Amounts } from '../common/resources.ts'
import type { MasterInfo } from './info.ts'
import type { DrainInfo, Registrar } from './registry.ts'

export type AgentLink = Link<FromAgent, ToAgent>

/** An agent that has registered. Times in seconds since 1970. */
export interface Agent {
  readonly id: string
  info: AgentInfo
  pid: string
  version: string
  capabilities: readonly string[]
  registered: number
  reregistered?: number
  /** Missing where it is disconnected. */
  link?: AgentLink
  /** Pings without an answer, in a row. */
  missed: number
  deactivated: boolean
  drain?: DrainInfo & { readonly start: number }
}

/** A framework's stream of events. */
export interface Stream {
  readonly id: string
  readonly response: ServerResponse
}

/** Offers of an agent that a framework does not want for a while. */
export interface Filter {
  readonly agent: string
  readonly refused: Amounts
  /** Milliseconds, as Date.now counts them. */
  readonly until: number
}

export interface Framework {
  readonly id: string
  info: FrameworkInfo
  stream?: Stream
  active: boolean
  /** Known from agents alone: it has not subscribed since this master leads. */
  recovered: boolean
  registered: number
  reregistered: number
  unregistered?: number
  filters: Filter[]
  readonly suppressed: Set<string>
  /** Removes it when it does not come back in time. */
  removal?: NodeJS.Timeout
  readonly completed: Task[]
  readonly unreachable: Task[]
  heartbeat?: NodeJS.Timeout
}

export interface Offer {
  readonly id: string
  readonly framework: string
  readonly agent: string
  readonly role: string
  readonly resources: Amounts
  timer?: NodeJS.Timeout
}

/** All that a leading master knows. */
export interface State {
  readonly info: MasterInfo
  readonly flags: Flags
  readonly log: Log
  readonly registrar: Registrar
  readonly startTime: number
  electedTime?: number
  /** It leads and has read its registry. */
  recovered: boolean
  readonly agents: Map<string, Agent>
  /** In the registry, and not seen since this master leads. */
  readonly missing: Map<string, AgentInfo>
  readonly frameworks: Map<string, Framework>
  readonly completedFrameworks: Framework[]
  /** Those that are not yet done with, by `taskKey`. */
  readonly tasks: Map<string, Task>
  readonly offers: Map<string, Offer>
  readonly counters: Map<string, number>
  nextAgent: number
  nextFramework: number
  nextOffer: number
}

export const newState = (parts: Pick<State, 'info' | 'flags' | 'log' | 'registrar'>): State => ({
  ...parts,
  startTime: Date.now() / 1000,
  recovered: false,
  agents: new Map(),
  missing: new Map(),
  frameworks: new Map(),
  completedFrameworks: [],
  tasks: new Map(),
  offers: new Map(),
  counters: new Map(),
  nextAgent: 0,
  nextFramework: 0,
  nextOffer: 0,
})

export const taskKey = (framework: string, task: string): string => `${framework} ${task}`

/** Counts what the metrics tell. */
export const count = (state: State, name: string): void =>
  void state.counters.set(name, (state.counters.get(name) ?? 0) + 1)

export const isActive = (agent: Agent): boolean => agent.link !== undefined && !agent.deactivated

/** The roles that a framework is in: of one kind of framework several, of the other one. */
export const rolesOf = ({ info }: Framework): readonly string[] =>
  hasCapability(info, 'MULTI_ROLE') ? (info.roles ?? []) : [info.role ?? '*']

export const hasCapability = (info: FrameworkInfo, type: string): boolean =>
  info.capabilities?.some((c) => c.type === type) ?? false
