import type { Parts } from './parts.ts'
import type { Decision } from './services/decide.ts'
import type { Registration } from './services/registration.ts'

/** What is registered here and ours, by service ID. */
export type Registered = ReadonlyMap<string, Registration>

/** Does what was decided. Gives what is registered afterwards. @throws Error of the Consul agent */
export async function carryOut(
  { consul, signal, log }: Parts,
  { deregister, register }: Pick<Decision, 'deregister' | 'register'>,
  owned: Registered,
): Promise<Registered> {
  const after = new Map(owned)
  // first what goes: its port may be that of one that comes
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
