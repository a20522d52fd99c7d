/**
 * The JSON forms of Mesos' v1 messages, as far as the stand-ins look into them; what they only pass on is `unknown`.
 */

export interface Id {
  readonly value: string
}

export interface Range {
  readonly begin: number
  readonly end: number
}

export interface Resource {
  readonly name: string
  readonly type: 'SCALAR' | 'RANGES'
  readonly scalar?: { readonly value: number }
  readonly ranges?: { readonly range: readonly Range[] }
  readonly role?: string
  readonly allocation_info?: { readonly role: string }
}

export interface Attribute {
  readonly name: string
  readonly type: 'TEXT' | 'SCALAR' | 'RANGES'
  readonly text?: { readonly value: string }
  readonly scalar?: { readonly value: number }
  readonly ranges?: { readonly range: readonly Range[] }
}

/** Nanoseconds since 1970, or of a duration. */
export interface Nanoseconds {
  readonly nanoseconds: number
}

export interface AgentInfo {
  readonly hostname: string
  readonly port: number
  readonly resources: readonly Resource[]
  readonly attributes: readonly Attribute[]
  readonly id?: Id
  readonly checkpoint?: boolean
}

export interface FrameworkInfo {
  readonly user: string
  readonly name: string
  readonly id?: Id
  readonly failover_timeout?: number
  readonly checkpoint?: boolean
  readonly role?: string
  readonly roles?: readonly string[]
  readonly hostname?: string
  readonly webui_url?: string
  readonly principal?: string
  readonly capabilities?: readonly { readonly type: string }[]
}

export interface Command {
  readonly shell?: boolean
  readonly value?: string
  readonly arguments?: readonly string[]
  readonly environment?: { readonly variables?: readonly { readonly name: string; readonly value?: string }[] }
  readonly user?: string
}

export interface DockerInfo {
  readonly image: string
  readonly network?: 'HOST' | 'BRIDGE' | 'NONE' | 'USER'
  readonly port_mappings?: readonly {
    readonly host_port: number
    readonly container_port: number
    readonly protocol?: string
  }[]
  readonly privileged?: boolean
  readonly parameters?: readonly { readonly key: string; readonly value: string }[]
  readonly force_pull_image?: boolean
}

export interface Volume {
  readonly container_path: string
  readonly host_path?: string
  readonly mode: 'RW' | 'RO'
}

export interface Container {
  readonly type: 'DOCKER' | 'MESOS'
  readonly docker?: DockerInfo
  readonly mesos?: { readonly image?: { readonly type: string } }
  readonly volumes?: readonly Volume[]
  readonly network_infos?: readonly { readonly name?: string }[]
}

/** Times in seconds. */
export interface HealthCheck {
  readonly type?: 'HTTP' | 'TCP' | 'COMMAND'
  readonly delay_seconds?: number
  readonly interval_seconds?: number
  readonly timeout_seconds?: number
  readonly consecutive_failures?: number
  readonly grace_period_seconds?: number
  readonly http?: {
    readonly scheme?: string
    readonly port: number
    readonly path?: string
    readonly protocol?: string
  }
  readonly tcp?: { readonly port: number; readonly protocol?: string }
  readonly command?: Command
}

export interface KillPolicy {
  readonly grace_period?: Nanoseconds
}

export interface TaskInfo {
  readonly name: string
  readonly task_id: Id
  readonly agent_id: Id
  readonly resources: readonly Resource[]
  readonly command?: Command
  readonly executor?: unknown
  readonly container?: Container
  readonly health_check?: HealthCheck
  readonly kill_policy?: KillPolicy
  readonly labels?: { readonly labels: readonly { readonly key: string; readonly value?: string }[] }
  readonly discovery?: unknown
}

export interface ContainerStatus {
  readonly container_id?: Id
  readonly network_infos?: readonly {
    readonly ip_addresses: readonly { readonly protocol: string; readonly ip_address: string }[]
  }[]
  readonly executor_pid?: number
}

export interface TaskStatus {
  readonly task_id: Id
  readonly state: string
  readonly message?: string
  readonly source?: string
  readonly reason?: string
  readonly data?: string
  readonly agent_id?: Id
  readonly executor_id?: Id
  /** Seconds since 1970. */
  readonly timestamp?: number
  readonly uuid?: string
  readonly healthy?: boolean
  readonly container_status?: ContainerStatus
  readonly unreachable_time?: Nanoseconds
}

/** What master and agent know of a task. */
export interface Task {
  readonly name: string
  readonly task_id: Id
  readonly framework_id: Id
  readonly agent_id: Id
  state: string
  readonly resources: readonly Resource[]
  /** The last of each run of equal states. */
  readonly statuses: TaskStatus[]
  status_update_state?: string
  status_update_uuid?: string
  readonly labels?: TaskInfo['labels']
  readonly discovery?: unknown
  readonly container?: Container
  readonly health_check?: HealthCheck
  readonly kill_policy?: KillPolicy
}

/** How an agent is drained. */
export interface DrainConfig {
  readonly max_grace_period?: Nanoseconds
  readonly mark_gone: boolean
}

const TERMINAL = new Set(
  ['FINISHED', 'FAILED', 'KILLED', 'ERROR', 'LOST', 'DROPPED', 'GONE', 'GONE_BY_OPERATOR'].map((s) => `TASK_${s}`),
)

/** True where a task in this state will not run again. Unreachable is not terminal. */
export const isTerminal = (state: string): boolean => TERMINAL.has(state)
