import { attributeMap } from '../common/attributes.ts'
import { nanoseconds } from '../common/numbers.ts'
import { flat, listed } from '../common/resource-views.ts'
import { amountsOf } from '../common/resources.ts'
import { type Agent, isActive, type State } from './state.ts'
import { offered, usedByRole, usedOf } from './usage.ts'

/** An agent as `/state` and `/state-summary` show it. */
export function agentView(state: State, agent: Agent): object {
  const { info, drain } = agent
  const all = flat(amountsOf(info.resources))
  return {
    id: agent.id,
    hostname: info.hostname,
    port: info.port,
    attributes: attributeMap(info.attributes),
    pid: agent.pid,
    registered_time: agent.registered,
    ...(agent.reregistered !== undefined && { reregistered_time: agent.reregistered }),
    resources: all,
    used_resources: flat(usedOf(state, agent.id)),
    offered_resources: flat(offered(state, { agent: agent.id })),
    reserved_resources: {},
    unreserved_resources: all,
    active: isActive(agent),
    deactivated: agent.deactivated,
    version: agent.version,
    capabilities: agent.capabilities,
    ...(drain && {
      drain_info: { state: drain.state, config: drain.config },
      estimated_drain_start_time_seconds: drain.start,
    }),
  }
}

/** An agent as `/slaves` shows it. */
export const fullAgentView = (state: State, agent: Agent): object => ({
  ...agentView(state, agent),
  reserved_resources_full: {},
  unreserved_resources_full: listed(amountsOf(agent.info.resources), { role: '*' }),
  used_resources_full: allocated(state, agent),
  offered_resources_full: listed(offered(state, { agent: agent.id }), { role: '*' }),
})

const allocated = (state: State, agent: Agent) =>
  [...usedByRole(state, (t) => t.agent_id.value === agent.id)].flatMap(([role, used]) =>
    listed(used, { role: '*', allocation_info: { role } }),
  )

/** An agent as v1 shows it. */
export function agentV1(state: State, agent: Agent): object {
  const { drain } = agent
  const used = allocated(state, agent)
  return {
    agent_info: { ...agent.info, checkpoint: true },
    active: isActive(agent),
    deactivated: agent.deactivated,
    version: agent.version,
    pid: agent.pid,
    registered_time: nanoseconds(agent.registered),
    ...(agent.reregistered !== undefined && { reregistered_time: nanoseconds(agent.reregistered) }),
    total_resources: listed(amountsOf(agent.info.resources), { role: '*' }),
    ...(used.length > 0 && { allocated_resources: used }),
    capabilities: agent.capabilities.map((type) => ({ type })),
    ...(drain && {
      drain_info: { state: drain.state, config: drain.config },
      estimated_drain_start_time: nanoseconds(Math.floor(drain.start)),
    }),
  }
}
