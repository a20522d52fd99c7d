import { reveal, type Secret } from '../shell/secret.ts'
import {
  type ConsulAutopilot,
  type ConsulInstance,
  type ConsulMember,
  type ConsulNode,
  parse,
  parseApplied,
  parseAutopilot,
  parseInstances,
  parseMembers,
  parseNode,
} from './consul-answers.ts'
import { type Answer, type Ask, type Dial, http, named } from './http.ts'

/** A Consul agent's HTTP interface, and the token that its questions carry where the cluster has ACLs. */
export interface Consul {
  readonly dial: Dial
  readonly token?: Secret | undefined
  /** Milliseconds for one answer; each question has its own default. */
  readonly timeout?: number
  readonly signal?: AbortSignal
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

async function ask({ dial, token, ...limits }: Consul, question: Ask, also: readonly number[] = []): Promise<Answer> {
  const answer = await http(dial, {
    ...question,
    ...limits,
    headers: token === undefined ? {} : { 'X-Consul-Token': reveal(token) },
  })
  const { status, body } = answer
  if ((status >= 200 && status < 300) || also.includes(status)) return answer
  const what = named(question)
  throw new ConsulError(
    status,
    `${what} answered ${status}${body.trim() === '' ? '' : `: ${body.trim().slice(0, 200)}`}`,
  )
}

const get = async (consul: Consul, path: string): Promise<string> => (await ask(consul, { path })).body

/**
 * The leader's address (`10.0.0.1:8300`), undefined where the servers have none. Needs no token. @throws ConsulError
 * 500 where the agent knows no server.
 */
export const consulLeader = async (consul: Consul): Promise<string | undefined> =>
  parse<string>(await get(consul, '/v1/status/leader')) || undefined

/**
 * The addresses (`10.0.0.1:8300`) of the servers that have a part in the vote, voters and those that are not yet; none
 * before the first bootstrap. Needs no token.
 */
export const consulPeers = async (consul: Consul): Promise<readonly string[]> =>
  parse<readonly string[] | null>(await get(consul, '/v1/status/peers')) ?? []

/**
 * What autopilot thinks of the servers; asked of the leader, so ask for that first: without one the answer takes longer
 * than you wait. Needs `operator:read`.
 */
export const consulAutopilot = async (consul: Consul): Promise<ConsulAutopilot> =>
  parseAutopilot((await ask(consul, { path: '/v1/operator/autopilot/health', timeout: 3000 }, [429])).body)

/**
 * How far a server has got with the log that it shares with the others. Needs `agent:read`. @throws Error on a client,
 * which has none.
 */
export const consulApplied = async (consul: Consul): Promise<number> =>
  parseApplied(await get(consul, '/v1/agent/self'))

/** All agents that this one knows. Needs `node:read` for those that are to be seen. */
export const consulMembers = async (consul: Consul): Promise<readonly ConsulMember[]> =>
  parseMembers(await get(consul, '/v1/agent/members'))

/** A node of the catalogue. */
export const consulNode = async (consul: Consul, name: string): Promise<ConsulNode | undefined> =>
  parseNode(await get(consul, `/v1/catalog/node/${encodeURIComponent(name)}`))

/** Names of all services, with their tags. */
export const consulServices = async (consul: Consul): Promise<Readonly<Record<string, readonly string[]>>> =>
  parse(await get(consul, '/v1/catalog/services'))

/**
 * Does Consul leave out what the token may not read, of services or nodes? It answers then as if there were nothing.
 */
export async function consulHides(consul: Consul): Promise<boolean> {
  const answers = await Promise.all(['/v1/catalog/services', '/v1/catalog/nodes'].map((path) => ask(consul, { path })))
  return answers.some(({ headers }) => headers['x-consul-results-filtered-by-acls'] === 'true')
}

/** All instances of a service, whatever their checks say. */
export const consulInstances = async (consul: Consul, service: string): Promise<readonly ConsulInstance[]> =>
  parseInstances(await get(consul, `/v1/health/service/${encodeURIComponent(service)}`))

/** What is registered with this very agent, as it says it: services by their ID. */
export const consulAgentServices = async (consul: Consul): Promise<unknown> =>
  parse(await get(consul, '/v1/agent/services'))

/** Registers a service with this agent, in the place of one of the same ID and its checks. */
export async function consulRegister(consul: Consul, service: object): Promise<void> {
  await ask(consul, {
    method: 'PUT',
    path: '/v1/agent/service/register?replace-existing-checks=true',
    body: service,
  })
}

/** Takes a service from this agent; one that is not there is gone already. */
export async function consulDeregister(consul: Consul, id: string): Promise<void> {
  await ask(consul, { method: 'PUT', path: `/v1/agent/service/deregister/${encodeURIComponent(id)}` }, [404])
}

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

/**
 * Has the leader hand over to another server: the writes of a moment wait for some milliseconds instead of for an
 * election. Needs `operator:write`.
 */
export async function consulTransferLeader(consul: Consul): Promise<void> {
  await ask(consul, { method: 'POST', path: '/v1/operator/raft/transfer-leader' })
}
