import { EMPTY, type Reply, text } from '../common/http.ts'
import { now } from '../common/numbers.ts'
import { drainedIfEmpty } from './drain-state.ts'
import { agentGone } from './gone.ts'
import { allocate, rescindAll } from './offers.ts'
import { registered } from './registered.ts'
import { admitted } from './registry.ts'
import type { Agent, State } from './state.ts'

interface AgentCall {
  readonly agent_id?: { readonly value?: string }
  readonly max_grace_period?: unknown
  readonly mark_gone?: boolean
}

type Operation = (state: State, call: AgentCall) => Promise<Reply>

const find = (state: State, call: AgentCall): Agent | undefined => state.agents.get(call.agent_id?.value ?? '')

const save = (state: State, agent: Agent): Promise<void> => state.registrar.apply((r) => admitted(r, registered(agent)))

/** Takes an agent's offers away for good; its tasks run on. */
export const deactivate: Operation = async (state, call) => {
  const agent = find(state, call)
  if (!agent) return text(400, 'Unknown agent')
  if (agent.deactivated) return text(400, 'Agent is already deactivated')
  agent.deactivated = true
  await save(state, agent)
  rescindAll(state, { agent: agent.id })
  return EMPTY
}

/** Brings a deactivated or drained agent back. */
export const reactivate: Operation = async (state, call) => {
  const agent = find(state, call)
  if (!agent) return text(400, 'Unknown agent')
  if (!agent.deactivated) return text(400, 'Agent is not deactivated')
  if (agent.drain?.state === 'DRAINING') return text(400, 'Agent is still in the DRAINING state')
  agent.deactivated = false
  delete agent.drain
  await save(state, agent)
  agent.link?.send({ type: 'undrain' })
  allocate(state)
  return EMPTY
}

/** Deactivates an agent and ends its tasks; told a second time, the second call's words hold. */
export const drain: Operation = async (state, call) => {
  const grace = gracePeriod(call.max_grace_period)
  if (typeof grace === 'string') return text(400, grace)
  const agent = find(state, call)
  if (!agent) return text(400, 'Unknown agent')
  if (!agent.deactivated) rescindAll(state, { agent: agent.id })
  agent.deactivated = true
  const config = {
    ...(grace !== undefined && { max_grace_period: { nanoseconds: grace } }),
    mark_gone: call.mark_gone ?? false,
  }
  agent.drain = { state: 'DRAINING', config, start: now() }
  await save(state, agent)
  agent.link?.send({ type: 'drain', config })
  drainedIfEmpty(state, agent)
  return EMPTY
}

/**
 * google.protobuf.Duration has `seconds` and `nanos`. What else an object holds is ignored, so `nanoseconds` means no
 * grace at all: a trap.
 */
function gracePeriod(given: unknown): number | undefined | string {
  if (given === undefined) return undefined
  const type = Array.isArray(given) ? 'array' : typeof given
  if (type !== 'object')
    return `Failed to convert JSON into Call protobuf: Not expecting a JSON ${type} for field 'max_grace_period'`
  const { seconds = 0, nanos = 0 } = given as { seconds?: number; nanos?: number }
  return Number(seconds) * 1e9 + Number(nanos)
}

/** Marks an agent as gone for good. */
export const markGone: Operation = async (state, call) => {
  const id = call.agent_id?.value ?? ''
  const { agents, gone, unreachable } = state.registrar.registry
  if (gone.some((g) => g.id.value === id)) return EMPTY
  const known = agents.some((a) => a.info.id?.value === id) || unreachable.some((u) => u.id.value === id)
  if (!known) return text(404, `Agent '${id}' not found`)
  await agentGone(state, id)
  return EMPTY
}
