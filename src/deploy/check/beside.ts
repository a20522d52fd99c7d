import type { Definition } from '../../clients/marathon-answers.ts'
import type { Agent } from '../agents.ts'
import { constraints, eligible } from './room.ts'

const fieldOf = (agent: Agent, field: string): string | undefined =>
  field === 'hostname' ? agent.host : agent.attributes[field]

/**
 * Would Marathon start one more task of an app on an agent, given how many each agent has? Checks all constraints,
 * including those that depend on where the other tasks are. Pure.
 */
export function allowedBeside(
  definition: Definition,
  agents: readonly Agent[],
  counts: ReadonlyMap<string, number>,
  to: Agent,
): boolean {
  if (eligible(definition, [to]).length === 0) return false
  return constraints(definition).every(([field, operator, value]) => {
    const here = fieldOf(to, field)
    const others = agents.flatMap((agent) => Array(counts.get(agent.host) ?? 0).fill(fieldOf(agent, field)))
    const there = others.filter((each) => each === here).length
    switch (operator) {
      case 'UNIQUE':
        return here !== undefined && there === 0
      case 'MAX_PER':
        return here !== undefined && there < Number(value)
      case 'CLUSTER':
        return here !== undefined && (value !== '' || there === others.length)
      case 'GROUP_BY': // one task in each of `value` groups; further tasks wait for ever
        return here !== undefined && there === 0 && others.length < Number(value)
      default:
        return true
    }
  })
}
