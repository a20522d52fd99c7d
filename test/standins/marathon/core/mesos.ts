/**
 * The parts of Mesos's v1 scheduler API that are used here, as JSON (include/mesos/v1/mesos.proto, scheduler.proto).
 */

export interface Value<T> {
  readonly value: T
}

export interface Resource {
  readonly name: string
  readonly type: 'SCALAR' | 'RANGES' | 'SET'
  readonly scalar?: Value<number>
  readonly ranges?: { readonly range: readonly Range[] }
  readonly set?: { readonly item: readonly string[] }
  readonly role?: string
  readonly allocation_info?: { readonly role: string }
  readonly reservations?: readonly { readonly role?: string }[]
}

export interface Range {
  readonly begin: number
  readonly end: number
}

export interface Attribute {
  readonly name: string
  readonly type: 'SCALAR' | 'RANGES' | 'SET' | 'TEXT'
  readonly text?: Value<string>
  readonly scalar?: Value<number>
  readonly ranges?: { readonly range: readonly Range[] }
  readonly set?: { readonly item: readonly string[] }
}

export interface Offer {
  readonly id: Value<string>
  readonly agent_id: Value<string>
  readonly hostname: string
  readonly url?: { readonly address?: { readonly ip?: string } }
  readonly resources: readonly Resource[]
  readonly attributes?: readonly Attribute[]
  readonly unavailability?: {
    readonly start: { readonly nanoseconds: number }
    readonly duration?: { readonly nanoseconds: number }
  }
  readonly domain?: unknown
}

export interface TaskStatus {
  readonly task_id: Value<string>
  readonly state: string
  readonly message?: string
  readonly reason?: string
  readonly source?: string
  readonly agent_id?: Value<string>
  readonly timestamp?: number
  readonly uuid?: string
  readonly healthy?: boolean
  readonly container_status?: {
    readonly network_infos?: readonly {
      readonly ip_addresses?: readonly { readonly protocol?: string; readonly ip_address?: string }[]
    }[]
  }
}

export interface TaskInfo {
  readonly name: string
  readonly task_id: Value<string>
  readonly agent_id: Value<string>
  readonly resources: readonly Resource[]
  readonly command: unknown
  readonly [field: string]: unknown
}

/** A call to the master, without the framework's id, which the driver adds. */
export type Call =
  | {
      readonly type: 'ACCEPT'
      readonly accept: { readonly offer_ids: readonly Value<string>[]; readonly operations: readonly unknown[] }
    }
  | {
      readonly type: 'DECLINE'
      readonly decline: { readonly offer_ids: readonly Value<string>[]; readonly filters: unknown }
    }
  | {
      readonly type: 'KILL'
      readonly kill: {
        readonly task_id: Value<string>
        readonly agent_id?: Value<string>
        readonly kill_policy?: unknown
      }
    }
  | {
      readonly type: 'ACKNOWLEDGE'
      readonly acknowledge: { readonly agent_id: Value<string>; readonly task_id: Value<string>; readonly uuid: string }
    }
  | {
      readonly type: 'RECONCILE'
      readonly reconcile: {
        readonly tasks: readonly { readonly task_id: Value<string>; readonly agent_id?: Value<string> }[]
      }
    }
  | { readonly type: 'REVIVE' }
  | { readonly type: 'SUPPRESS' }
