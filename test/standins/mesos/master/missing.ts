import type { AgentInfo } from '../common/proto.ts'
import { agentUnreachable } from './gone.ts'
import type { State } from './state.ts'

/** An agent of which only the registry tells, as v1 shows it. */
export const isMissing = ([id, info]: readonly [string, AgentInfo]): object => ({ ...info, id: { value: id } })

/** Takes up what the registry knows: agents have their time to register again, then they are unreachable. */
export function awaitAgents(state: State): void {
  for (const { info } of state.registrar.registry.agents) if (info.id) state.missing.set(info.id.value, info)
  const wait = state.flags.ms('agent_reregister_timeout') ?? 600_000
  setTimeout(() => {
    for (const id of [...state.missing.keys()])
      agentUnreachable(state, id, 'did not re-register within the time given to it after a master failover').catch(
        () => undefined,
      )
  }, wait)
}
