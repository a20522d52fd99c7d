import type { Parts } from './parts.ts'
import type { Decision } from './services/decide.ts'
import type { Registration } from './services/registration.ts'

/** Our services at the local agent, by service ID. */
export type Registered = ReadonlyMap<string, Registration>

/** Carries out a decision, and returns what is registered afterwards. @throws Error of the Consul agent */
export async function carryOut(
  { consul, signal, log }: Parts,
  { deregister, register }: Pick<Decision, 'deregister' | 'register'>,
  owned: Registered,
): Promise<Registered> {
  const after = new Map(owned)
  // deregister first: a new service may use the port of an old one
  for (const id of deregister) {
    await consul.deregister(id, signal)
    after.delete(id)
    log('deregistered', { id })
  }
  for (const each of register) {
    await consul.register(each, signal)
    after.set(each.id, each)
    log('registered', { id: each.id, service: each.name, port: each.port, state: each.meta.state })
  }
  return after
}
