import { type Consul as Agent, consulAgentServices, consulDeregister, consulRegister } from '../../clients/consul.ts'
import { Secret } from '../../shell/secret.ts'
import { at, dialTo, type Patience } from '../http.ts'
import { ownedIn, payload, type Registration } from './registration.ts'

/** The local Consul agent. */
export interface Consul {
  /** Our services there, by service ID. @throws Error */
  owned(signal: AbortSignal): Promise<ReadonlyMap<string, Registration>>
  /** @throws Error */
  register(registration: Registration, signal: AbortSignal): Promise<void>
  /** A service that is already gone is no error. @throws Error */
  deregister(id: string, signal: AbortSignal): Promise<void>
}

/** A client of a Consul agent. `token` returns the ACL token; each request reads it again. */
export function consulAt(url: string, cluster: string, token: () => string | undefined, patience: Patience): Consul {
  const place = new URL(url)
  const agent = (signal: AbortSignal): Agent => {
    const secret = token()
    return {
      dial: dialTo(place, patience),
      token: secret === undefined ? undefined : new Secret(secret),
      timeout: patience.answer,
      signal,
    }
  }
  return {
    owned: (signal) =>
      at(
        place,
        consulAgentServices(agent(signal)).then((services) => ownedIn(services, cluster)),
      ),
    register: (registration, signal) => at(place, consulRegister(agent(signal), payload(registration))),
    deregister: (id, signal) => at(place, consulDeregister(agent(signal), id)),
  }
}
