/** The state of one server, as the servers' leader sees it. */
export interface ConsulServer {
  readonly id: string
  readonly name: string
  /** `10.0.0.1:8300` */
  readonly address: string
  readonly leader: boolean
  /** Reachable, in the leader's term, and not far behind. */
  readonly healthy: boolean
  readonly voter: boolean
  /** The end of its log when the leader last checked (it checks every two seconds). */
  readonly lastIndex: number
  /** Its state in the leader's gossip: `alive`, `failed`, `left`. */
  readonly serf: string
  /** How long it has not heard from the leader, in Consul's notation: `36.9ms`; `0s` for the leader itself. */
  readonly lastContact: string
}

/**
 * Autopilot's answer. `healthy` alone means nothing: right after a start, and for some seconds after a server has died,
 * it is true although no server serves.
 */
export interface ConsulAutopilot {
  readonly healthy: boolean
  /** Voters that may fail before the majority is lost. */
  readonly failureTolerance: number
  readonly servers: readonly ConsulServer[]
}

/** An agent in the gossip pool. */
export interface ConsulMember {
  readonly name: string
  readonly address: string
  readonly status: 'alive' | 'leaving' | 'left' | 'failed' | 'unknown'
  readonly server: boolean
  /** Its node id. A recreated host has a new one. */
  readonly id: string
  /** Its version: `1.21.0`. */
  readonly version: string
}

/** A node in the catalogue. */
export interface ConsulNode {
  readonly id: string
  readonly address: string
}

/** An instance of a service, and the worst status of its node's checks and its own. */
export interface ConsulInstance {
  readonly id: string
  readonly node: string
  readonly address: string
  readonly port: number
  readonly tags: readonly string[]
  readonly meta: Readonly<Record<string, string>>
  readonly status: 'passing' | 'warning' | 'critical'
}

const STATUS = ['unknown', 'alive', 'leaving', 'left', 'failed'] as const

interface RawAutopilot {
  readonly Healthy: boolean
  readonly FailureTolerance: number
  readonly Servers: readonly {
    readonly ID: string
    readonly Name: string
    readonly Address: string
    readonly Leader: boolean
    readonly Healthy: boolean
    readonly Voter: boolean
    readonly LastIndex: number
    readonly SerfStatus: string
    readonly LastContact: string
  }[]
}

/** Parses the answer of `/v1/operator/autopilot/health`. @throws Error for any other answer */
export function parseAutopilot(body: string): ConsulAutopilot {
  const { Healthy, FailureTolerance, Servers } = parse<RawAutopilot>(body, 'Servers')
  return {
    healthy: Healthy,
    failureTolerance: FailureTolerance,
    servers: (Servers ?? []).map((s) => ({
      id: s.ID,
      name: s.Name,
      address: s.Address,
      leader: s.Leader,
      healthy: s.Healthy,
      voter: s.Voter,
      lastIndex: s.LastIndex,
      serf: s.SerfStatus,
      lastContact: s.LastContact,
    })),
  }
}

interface RawMember {
  readonly Name: string
  readonly Addr: string
  readonly Status: number
  readonly Tags: Readonly<Record<string, string>>
}

/** Parses the answer of `/v1/agent/members`. */
export const parseMembers = (body: string): readonly ConsulMember[] =>
  parse<readonly RawMember[]>(body).map(({ Name, Addr, Status, Tags }) => ({
    name: Name,
    address: Addr,
    status: STATUS[Status] ?? 'unknown',
    server: Tags.role === 'consul',
    id: Tags.id ?? '',
    version: (Tags.build ?? '').replace(/:.*/, ''),
  }))

/**
 * Parses the answer of `/v1/catalog/node/NAME`; undefined if there is no node of that name, or the token may not read
 * it.
 */
export function parseNode(body: string): ConsulNode | undefined {
  const node = parse<{ readonly Node?: { readonly ID: string; readonly Address: string } } | null>(body)?.Node
  return node === undefined || node === null ? undefined : { id: node.ID, address: node.Address }
}

/** What a server says of itself. */
export interface ConsulSelf {
  /** Its node id. A recreated host has a new one. */
  readonly id: string
  /** The last index of the shared log that it has applied. */
  readonly applied: number
}

interface RawSelf {
  readonly Config: { readonly NodeID: string }
  readonly Stats: { readonly raft?: { readonly applied_index?: string } }
}

/** Parses a server's answer of `/v1/agent/self`. @throws Error if the agent keeps no log */
export function parseSelf(body: string): ConsulSelf {
  const { Config, Stats } = parse<RawSelf>(body, 'Stats')
  const applied = Number(Stats.raft?.applied_index ?? Number.NaN)
  if (Number.isNaN(applied)) throw new Error('the agent is not a server: it has no log')
  return { id: Config.NodeID, applied }
}

interface RawInstance {
  readonly Node: { readonly Node: string; readonly Address: string }
  readonly Service: {
    readonly ID: string
    readonly Address: string
    readonly Port: number
    readonly Tags: readonly string[] | null
    readonly Meta: Readonly<Record<string, string>> | null
  }
  readonly Checks: readonly { readonly Status: string }[]
}

const WORST_FIRST = ['critical', 'warning'] as const

/** Parses the answer of `/v1/health/service/NAME`. */
export const parseInstances = (body: string): readonly ConsulInstance[] =>
  parse<readonly RawInstance[]>(body).map(({ Node, Service, Checks }) => ({
    id: Service.ID,
    node: Node.Node,
    address: Service.Address || Node.Address,
    port: Service.Port,
    tags: Service.Tags ?? [],
    meta: Service.Meta ?? {},
    status: WORST_FIRST.find((status) => Checks.some((check) => check.Status === status)) ?? 'passing',
  }))

/**
 * Parses one of Consul's answers from JSON.
 * @param must a member that such an answer must have
 * @throws Error: one sentence
 */
export function parse<T>(body: string, must?: string): T {
  let value: unknown
  try {
    value = JSON.parse(body)
  } catch {
    throw new Error('this is not what a Consul agent answers: it is not JSON')
  }
  if (must !== undefined && (typeof value !== 'object' || value === null || !(must in value)))
    throw new Error(`this is not what a Consul agent answers: it has no ${must}`)
  return value as T
}
