import { reveal, type Secret } from '../shell/secret.ts'
import { type Answer, type Ask, type Dial, http } from './http.ts'

/** A Consul agent's HTTP interface, and the token that its questions carry where the cluster has ACLs. */
export interface Consul {
  readonly dial: Dial
  readonly token?: Secret | undefined
}

/** A Consul agent said no. */
export class ConsulError extends Error {
  override readonly name = 'ConsulError'
  /** The status of its answer: 403 where the token may not, 500 where no server answers the agent. */
  readonly status: number
  constructor(status: number, message: string) {
    super(message)
    this.status = status
  }
}

/** What the servers' leader thinks of one of them. */
export interface ConsulServer {
  readonly id: string
  readonly name: string
  /** `10.0.0.1:8300` */
  readonly address: string
  readonly leader: boolean
  /** Reachable, in the leader's term, and not far behind. */
  readonly healthy: boolean
  readonly voter: boolean
  /** The end of its log, when the leader last looked (every two seconds). */
  readonly lastIndex: number
}

/** What autopilot answers. `healthy` alone says nothing: it is true without any server right after a start, and for some seconds after a server's death. */
export interface ConsulAutopilot {
  readonly healthy: boolean
  /** Voters that may fail before the majority is lost. */
  readonly failureTolerance: number
  readonly servers: readonly ConsulServer[]
}

/** An agent as the gossip knows it. */
export interface ConsulMember {
  readonly name: string
  readonly address: string
  readonly status: 'alive' | 'leaving' | 'left' | 'failed' | 'unknown'
  readonly server: boolean
  /** Its node id: another one where a host was made anew. */
  readonly id: string
}

/** A node as the catalogue has it. */
export interface ConsulNode {
  readonly id: string
  readonly address: string
}

/** An instance of a service, and the worst of its node's and its own checks. */
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
  }[]
}

/** Reads what `/v1/operator/autopilot/health` says. @throws Error for any other text. */
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
    })),
  }
}

interface RawMember {
  readonly Name: string
  readonly Addr: string
  readonly Status: number
  readonly Tags: Readonly<Record<string, string>>
}

/** Reads what `/v1/agent/members` says. */
export const parseMembers = (body: string): readonly ConsulMember[] =>
  parse<readonly RawMember[]>(body).map(({ Name, Addr, Status, Tags }) => ({
    name: Name,
    address: Addr,
    status: STATUS[Status] ?? 'unknown',
    server: Tags.role === 'consul',
    id: Tags.id ?? '',
  }))

/** Reads what `/v1/catalog/node/NAME` says; undefined where there is none of that name, or the token may not see it. */
export function parseNode(body: string): ConsulNode | undefined {
  const node = parse<{ readonly Node?: { readonly ID: string; readonly Address: string } } | null>(body)?.Node
  return node === undefined || node === null ? undefined : { id: node.ID, address: node.Address }
}

/** Reads from what `/v1/agent/self` says how far the agent's own log has been applied. @throws Error where it keeps none. */
export function parseApplied(body: string): number {
  const { Stats } = parse<{ readonly Stats: { readonly raft?: { readonly applied_index?: string } } }>(body, 'Stats')
  const applied = Number(Stats.raft?.applied_index ?? Number.NaN)
  if (Number.isNaN(applied)) throw new Error('the agent is no server: it has no log')
  return applied
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

/** Reads what `/v1/health/service/NAME` says. */
export const parseInstances = (body: string): readonly ConsulInstance[] =>
  parse<readonly RawInstance[]>(body).map(({ Node, Service, Checks }) => ({
    id: Service.ID,
    node: Node.Node,
    address: Service.Address || Node.Address,
    port: Service.Port,
    tags: Service.Tags ?? [],
    meta: Service.Meta ?? {},
    status: Checks.some((c) => c.Status === 'critical') ? 'critical' : Checks.some((c) => c.Status === 'warning') ? 'warning' : 'passing',
  }))

function parse<T>(body: string, must?: string): T {
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

async function ask({ dial, token }: Consul, question: Ask, also: readonly number[] = []): Promise<Answer> {
  const answer = await http(dial, { ...question, headers: token === undefined ? {} : { 'X-Consul-Token': reveal(token) } })
  const { status, body } = answer
  if ((status >= 200 && status < 300) || also.includes(status)) return answer
  const what = `${question.method ?? 'GET'} ${question.path.replace(/\?.*/, '')}`
  throw new ConsulError(status, `${what} answered ${status}${body.trim() === '' ? '' : `: ${body.trim().slice(0, 200)}`}`)
}

const get = async (consul: Consul, path: string): Promise<string> => (await ask(consul, { path })).body

/** The leader's address (`10.0.0.1:8300`), undefined where the servers have none. Needs no token. @throws ConsulError 500 where the agent knows no server. */
export const consulLeader = async (consul: Consul): Promise<string | undefined> =>
  parse<string>(await get(consul, '/v1/status/leader')) || undefined

/** The addresses (`10.0.0.1:8300`) of the servers that have a part in the vote, voters and those that are not yet; none before the first bootstrap. Needs no token. */
export const consulPeers = async (consul: Consul): Promise<readonly string[]> =>
  parse<readonly string[] | null>(await get(consul, '/v1/status/peers')) ?? []

/** What autopilot thinks of the servers; asked of the leader, so ask for that first: without one the answer takes longer than you wait. Needs `operator:read`. */
export const consulAutopilot = async (consul: Consul): Promise<ConsulAutopilot> =>
  parseAutopilot((await ask(consul, { path: '/v1/operator/autopilot/health', timeout: 3000 }, [429])).body)

/** How far a server has got with the log that it shares with the others. Needs `agent:read`. @throws Error on a client, which has none. */
export const consulApplied = async (consul: Consul): Promise<number> => parseApplied(await get(consul, '/v1/agent/self'))

/** All agents that this one knows. Needs `node:read` for those that are to be seen. */
export const consulMembers = async (consul: Consul): Promise<readonly ConsulMember[]> =>
  parseMembers(await get(consul, '/v1/agent/members'))

/** A node of the catalogue. */
export const consulNode = async (consul: Consul, name: string): Promise<ConsulNode | undefined> =>
  parseNode(await get(consul, `/v1/catalog/node/${encodeURIComponent(name)}`))

/** Names of all services, with their tags. */
export const consulServices = async (consul: Consul): Promise<Readonly<Record<string, readonly string[]>>> =>
  parse(await get(consul, '/v1/catalog/services'))

/** All instances of a service, whatever their checks say. */
export const consulInstances = async (consul: Consul, service: string): Promise<readonly ConsulInstance[]> =>
  parseInstances(await get(consul, `/v1/health/service/${encodeURIComponent(service)}`))

const keyPath = (key: string): string => `/v1/kv/${key.split('/').map(encodeURIComponent).join('/')}`

/** The value of a key, undefined where there is none. */
export async function consulGet(consul: Consul, key: string): Promise<string | undefined> {
  const { status, body } = await ask(consul, { path: `${keyPath(key)}?raw` }, [404])
  return status === 404 ? undefined : body
}

/** Sets a key. */
export async function consulPut(consul: Consul, key: string, value: string): Promise<void> {
  const { body } = await ask(consul, { method: 'PUT', path: keyPath(key), body: value })
  if (body.trim() !== 'true') throw new Error(`the key ${key} was not written`)
}

/** Removes a key; one that is not there is removed already. */
export async function consulDelete(consul: Consul, key: string): Promise<void> {
  await ask(consul, { method: 'DELETE', path: keyPath(key) })
}

/** Has the leader hand over to another server: the writes of a moment wait for some milliseconds instead of for an election. Needs `operator:write`. */
export async function consulTransferLeader(consul: Consul): Promise<void> {
  await ask(consul, { method: 'POST', path: '/v1/operator/raft/transfer-leader' })
}
