import { nanoseconds, now } from '../common/numbers.ts'
import { rescindAll } from './offers.ts'
import { removed, went } from './registry.ts'
import { type Agent, count, type State } from './state.ts'
import { tell } from './stream.ts'
import { loseTasks } from './tasks.ts'

/** Takes an agent out of what the master knows, and tells all frameworks. */
function forget(state: State, agent: Agent | undefined): void {
  if (!agent) return
  rescindAll(state, { agent: agent.id })
  state.agents.delete(agent.id)
  count(state, 'slave_removals')
  for (const framework of state.frameworks.values())
    tell(state, framework, { type: 'FAILURE', failure: { agent_id: { value: agent.id } } })
}

/** Marks an agent as gone for good: its process ends, its id never comes back. */
export async function agentGone(state: State, id: string): Promise<void> {
  await state.registrar.apply((r) => went(r, 'gone', id))
  const agent = state.agents.get(id)
  loseTasks(state, id, {
    state: 'TASK_GONE_BY_OPERATOR',
    reason: 'REASON_AGENT_REMOVED_BY_OPERATOR',
    message: 'Agent has been marked gone',
  })
  agent?.link?.send({ type: 'shutdown', message: 'Agent has been marked gone' })
  state.missing.delete(id)
  forget(state, agent)
}

/** An agent that answers no ping any more: its tasks may run on, nobody knows. */
export async function agentUnreachable(state: State, id: string, message: string): Promise<void> {
  state.log.info('master.cpp:9000', `Marking agent ${id} unreachable: ${message}`)
  await state.registrar.apply((r) => went(r, 'unreachable', id))
  count(state, 'slave_unreachable')
  loseTasks(
    state,
    id,
    { state: 'TASK_UNREACHABLE', reason: 'REASON_AGENT_REMOVED', message },
    { unreachable_time: nanoseconds(now()) },
  )
  const agent = state.agents.get(id)
  state.missing.delete(id)
  forget(state, agent)
  agent?.link?.destroy()
}

/** An agent that is removed: its machine goes down, or another has taken its address. Its tasks are lost. */
export async function agentRemoved(state: State, agent: Agent, message: string): Promise<void> {
  await state.registrar.apply((r) => removed(r, agent.id))
  loseTasks(state, agent.id, { state: 'TASK_LOST', reason: 'REASON_AGENT_REMOVED', message })
  forget(state, agent)
}
