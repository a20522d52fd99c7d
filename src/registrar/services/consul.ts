import { type Answer, ask, type Patience } from '../http.ts'
import { ownedIn, payload, type Registration } from './registration.ts'

/** The local Consul agent. */
export interface Consul {
  /** What is registered there and ours, by service ID. @throws Error */
  owned(signal: AbortSignal): Promise<ReadonlyMap<string, Registration>>
  /** @throws Error */
  register(registration: Registration, signal: AbortSignal): Promise<void>
  /** One that is gone already is fine. @throws Error */
  deregister(id: string, signal: AbortSignal): Promise<void>
}

/** Talks to a Consul agent; `token` gives the ACL token, anew each time. */
export function consulAt(url: string, cluster: string, token: () => string | undefined, patience: Patience): Consul {
  const call = async (method: 'GET' | 'PUT', path: string, signal: AbortSignal, body?: unknown): Promise<Answer> => {
    const secret = token()
    const headers = { Accept: 'application/json', ...(secret === undefined ? {} : { 'X-Consul-Token': secret }) }
    const answer = await ask(new URL(path, url), { method, headers, body, patience, signal })
    if (answer.status !== 200 && !(method === 'PUT' && answer.status === 404))
      throw new Error(`the Consul agent answered ${answer.status}: ${answer.body.trim().slice(0, 200)}`)
    return answer
  }
  return {
    async owned(signal) {
      const { body } = await call('GET', '/v1/agent/services', signal)
      return ownedIn(JSON.parse(body), cluster)
    },
    async register(registration, signal) {
      const { status, body } = await call(
        'PUT',
        '/v1/agent/service/register?replace-existing-checks=true',
        signal,
        payload(registration),
      )
      if (status !== 200) throw new Error(`the Consul agent answered ${status}: ${body.trim().slice(0, 200)}`)
    },
    async deregister(id, signal) {
      await call('PUT', `/v1/agent/service/deregister/${encodeURIComponent(id)}`, signal)
    },
  }
}
