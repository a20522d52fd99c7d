import type { RegisteredAgent } from './registry.ts'
import type { Agent } from './state.ts'

/** An agent as the registry keeps it. */
export const registered = ({ info, id, deactivated, drain }: Agent): RegisteredAgent => ({
  info: { ...info, checkpoint: true, id: { value: id }, resources: info.resources.map((r) => ({ ...r, role: '*' })) },
  ...(deactivated && { deactivated }),
  ...(drain && { drain_info: { state: drain.state, config: drain.config }, drain_start: drain.start }),
})
