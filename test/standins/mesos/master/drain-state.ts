import { agentGone } from './gone.ts'
import { registered } from './registered.ts'
import { admitted } from './registry.ts'
import type { Agent, State } from './state.ts'

/**
 * An agent that is drained and has no task left is DRAINED; one that was to be marked as gone then is. A real master
 * looks only when it is told to drain, when a terminal state is acknowledged and when an agent registers again: not
 * when a framework takes its tasks along, and neither does this.
 */
export function drainedIfEmpty(state: State, agent: Agent): void {
  if (agent.drain?.state !== 'DRAINING' || [...state.tasks.values()].some((t) => t.agent_id.value === agent.id)) return
  agent.drain = { ...agent.drain, state: 'DRAINED' }
  state.log.info('master.cpp:6500', `Agent ${agent.id} successfully drained`)
  if (agent.drain.config.mark_gone) agentGone(state, agent.id)
  // a write fails only with the session, and that ends the master
  else state.registrar.apply((r) => admitted(r, registered(agent))).catch(() => undefined)
}
