import { reveal, type Secret } from '../shell/secret.ts'
import {
  type ConsulAutopilot,
  type ConsulInstance,
  type ConsulMember,
  type ConsulNode,
  type ConsulSelf,
  parse,
  parseAutopilot,
  parseInstances,
  parseMembers,
  parseNode,
  parseSelf,
} from './consul-answers.ts'
import { type Answer, type Ask, type Dial, ErrorAnswer, http, named } from './http.ts'

/** A Consul agent's HTTP interface, and the token to send if the cluster has ACLs. */
export interface Consul {
  readonly dial: Dial
  readonly token?: Secret | undefined
  /** Milliseconds per answer; each request has its own default. */
  readonly timeout?: number
  readonly signal?: AbortSignal
}

/** How Consul's answers say that the leader could not be asked: there is no code for it. */
const LEADER_SILENT = /rpc error (getting client|making call)|No cluster leader|No known Consul servers/

/** A Consul agent refused a request: 403 if the token lacks a permission, 500 if the agent reaches no server. */
export class ConsulError extends ErrorAnswer {
  override readonly name = 'ConsulError'
  /** Could the agent not ask the servers' leader? So it is while a leader has just died. */
  readonly leaderSilent: boolean
  constructor(question: Ask, { status, body }: Answer) {
    const text = body.trim()
    super(status, `${named(question)} answered ${status}${text === '' ? '' : `: ${text.slice(0, 200)}`}`)
    this.leaderSilent = status === 500 && LEADER_SILENT.test(text)
  }
}

async function ask({ dial, token, ...limits }: Consul, question: Ask, also: readonly number[] = []): Promise<Answer> {
  const answer = await http(dial, {
    ...question,
    ...limits,
    headers: token === undefined ? {} : { 'X-Consul-Token': reveal(token) },
  })
  const { status } = answer
  if ((status >= 200 && status < 300) || also.includes(status)) return answer
  throw new ConsulError(question, answer)
}

const get = async (consul: Consul, path: string): Promise<string> => (await ask(consul, { path })).body

/**
 * The leader's address (`10.0.0.1:8300`); undefined if the servers have no leader. Needs no token.
 * @throws ConsulError 500 if the agent knows no server
 */
export const consulLeader = async (consul: Consul): Promise<string | undefined> =>
  parse<string>(await get(consul, '/v1/status/leader')) || undefined

/**
 * The addresses (`10.0.0.1:8300`) of the raft peers, including those that cannot vote yet; empty before the first
 * bootstrap. Needs no token.
 */
export const consulPeers = async (consul: Consul): Promise<readonly string[]> =>
  parse<readonly string[] | null>(await get(consul, '/v1/status/peers')) ?? []

/**
 * Autopilot's view of the servers. It comes from the leader, so request the leader first: without one, the answer takes
 * longer than the timeout. Needs `operator:read`.
 */
export const consulAutopilot = async (consul: Consul): Promise<ConsulAutopilot> =>
  parseAutopilot((await ask(consul, { path: '/v1/operator/autopilot/health', timeout: 3000 }, [429])).body)

/** What a server says of itself. Needs `agent:read`. @throws Error on a client, which has no log */
export const consulSelf = async (consul: Consul): Promise<ConsulSelf> => parseSelf(await get(consul, '/v1/agent/self'))

/** All agents that this one knows. Needs `node:read` for each agent to list. */
export const consulMembers = async (consul: Consul): Promise<readonly ConsulMember[]> =>
  parseMembers(await get(consul, '/v1/agent/members'))

/** A node of the catalogue. */
export const consulNode = async (consul: Consul, name: string): Promise<ConsulNode | undefined> =>
  parseNode(await get(consul, `/v1/catalog/node/${encodeURIComponent(name)}`))

/**
 * Removes a node from the catalogue, with its services and checks. An agent that runs there registers it again. Needs
 * `operator:write`.
 */
export async function consulDropNode(consul: Consul, name: string): Promise<void> {
  await ask(consul, { method: 'PUT', path: '/v1/catalog/deregister', body: { Node: name } })
}

/** Adds a node to the catalogue before its agent does. Needs `node:write` for it. */
export async function consulAddNode(
  consul: Consul,
  { name, id, address }: ConsulNode & { readonly name: string },
): Promise<void> {
  await ask(consul, { method: 'PUT', path: '/v1/catalog/register', body: { Node: name, ID: id, Address: address } })
}

/** The names of all services, with their tags. */
export const consulServices = async (consul: Consul): Promise<Readonly<Record<string, readonly string[]>>> =>
  parse(await get(consul, '/v1/catalog/services'))

/**
 * The names of the services with an instance whose Meta has this value. A Consul that does not know the filter answers
 * with all services.
 */
export const consulServicesWith = async (consul: Consul, meta: string, value: string): Promise<readonly string[]> =>
  Object.keys(
    parse<object>(
      await get(
        consul,
        `/v1/catalog/services?filter=${encodeURIComponent(`ServiceMeta[${JSON.stringify(meta)}] == ${JSON.stringify(value)}`)}`,
      ),
    ),
  )

/** Does Consul hide services or nodes that the token may not read? It then answers as if there were none. */
export async function consulHides(consul: Consul): Promise<boolean> {
  const answers = await Promise.all(['/v1/catalog/services', '/v1/catalog/nodes'].map((path) => ask(consul, { path })))
  return answers.some(({ headers }) => headers['x-consul-results-filtered-by-acls'] === 'true')
}

/** How many questions about rights Consul answers at once. */
const RIGHTS = 64

/**
 * The services that the token may not register. Throws a {@link ConsulError} 401 if the cluster has no ACLs, and 403 if
 * Consul does not know the token.
 */
export async function consulForbids(consul: Consul, services: readonly string[]): Promise<readonly string[]> {
  const some = services.slice(0, RIGHTS)
  if (some.length === 0) return []
  const body = some.map((Segment) => ({ Resource: 'service', Access: 'write', Segment }))
  const said = await ask(consul, { method: 'POST', path: '/v1/internal/acl/authorize', body })
  const rights = parse<readonly { readonly Allow?: unknown }[]>(said.body)
  return [
    ...some.filter((_, i) => rights[i]?.Allow === false),
    ...(await consulForbids(consul, services.slice(RIGHTS))),
  ]
}

/** All instances of a service, whatever the status of their checks. */
export const consulInstances = async (consul: Consul, service: string): Promise<readonly ConsulInstance[]> =>
  parseInstances(await get(consul, `/v1/health/service/${encodeURIComponent(service)}`))

/** The services that are registered with this agent, by their ID. */
export const consulAgentServices = async (consul: Consul): Promise<unknown> =>
  parse(await get(consul, '/v1/agent/services'))

/** Registers a service with this agent. It replaces a service of the same ID, with its checks. */
export async function consulRegister(consul: Consul, service: object): Promise<void> {
  await ask(consul, {
    method: 'PUT',
    path: '/v1/agent/service/register?replace-existing-checks=true',
    body: service,
  })
}

/** Deregisters a service from this agent. A service that is not registered is no error. */
export async function consulDeregister(consul: Consul, id: string): Promise<void> {
  await ask(consul, { method: 'PUT', path: `/v1/agent/service/deregister/${encodeURIComponent(id)}` }, [404])
}

const keyPath = (key: string): string => `/v1/kv/${key.split('/').map(encodeURIComponent).join('/')}`

/** The value of a key; undefined if there is none. */
export async function consulGet(consul: Consul, key: string): Promise<string | undefined> {
  const { status, body } = await ask(consul, { path: `${keyPath(key)}?raw` }, [404])
  return status === 404 ? undefined : body
}

/** All keys that the token may read. */
export async function consulKeys(consul: Consul): Promise<readonly string[]> {
  const { status, body } = await ask(consul, { path: '/v1/kv/?keys' }, [404])
  return status === 404 ? [] : parse(body)
}

/** Sets a key. */
export async function consulPut(consul: Consul, key: string, value: string): Promise<void> {
  const { body } = await ask(consul, { method: 'PUT', path: keyPath(key), body: value })
  if (body.trim() !== 'true') throw new Error(`the key ${key} was not written`)
}

/** Removes a key. A key that does not exist is no error. */
export async function consulDelete(consul: Consul, key: string): Promise<void> {
  await ask(consul, { method: 'DELETE', path: keyPath(key) })
}

/**
 * Makes the leader hand over to another server, which delays writes by milliseconds instead of by an election. Needs
 * `operator:write`.
 */
export async function consulTransferLeader(consul: Consul): Promise<void> {
  await ask(consul, { method: 'POST', path: '/v1/operator/raft/transfer-leader' })
}

/** Makes the agent's node leave the cluster, and stops the agent. Needs `agent:write`. */
export const consulLeave = async (consul: Consul): Promise<void> =>
  void (await ask(consul, { method: 'PUT', path: '/v1/agent/leave', timeout: 30_000 }))

/** Removes a node whose agent is gone from the cluster. An unknown node is no error. Needs `operator:write`. */
export const consulForceLeave = async (consul: Consul, node: string): Promise<void> =>
  void (await ask(consul, { method: 'PUT', path: `/v1/agent/force-leave/${encodeURIComponent(node)}?prune` }))
