import type { Definition } from '../../clients/marathon-answers.ts'
import { list, object } from '../../lib/json.ts'
import type { Agent } from '../agents.ts'

/** The constraints of a definition, each as [field, operator, value]. */
const constraints = ({ constraints }: Definition): readonly (readonly [string, string, string])[] =>
  list(constraints).map((each) => {
    const [field = '', operator = '', value = ''] = list(each).map(String)
    return [field.replace(/^@/, ''), operator.toUpperCase(), value] as const
  })

const matches = (pattern: string, text: string): boolean => {
  try {
    return new RegExp(`^(?:${pattern})$`).test(text)
  } catch {
    return true // Marathon will say what is wrong with it
  }
}

/** Agents that a definition's constraints allow at all. */
export function eligible(definition: Definition, agents: readonly Agent[]): readonly Agent[] {
  const allows = (agent: Agent): boolean =>
    constraints(definition).every(([field, operator, value]) => {
      const has = field === 'hostname' ? agent.host : agent.attributes[field]
      if (operator === 'LIKE') return has !== undefined && matches(value, has)
      if (operator === 'UNLIKE') return has === undefined || !matches(value, has)
      if (operator === 'IS' || (operator === 'CLUSTER' && value !== '')) return has === value
      return true
    })
  return agents.filter(allows)
}

/** How many tasks of an app one agent may run: by UNIQUE, MAX_PER, or a fixed port of the agent. */
export function mostPerAgent(definition: Definition): number {
  const container = object(definition.container)
  const fixed =
    list(container.portMappings).some((mapping) => Number(object(mapping).hostPort ?? 0) > 0) ||
    (definition.requirePorts === true && list(definition.portDefinitions).some((port) => Number(object(port).port ?? 0) > 0))
  const limits = constraints(definition).map(([field, operator, value]) => {
    if (field !== 'hostname') return Number.POSITIVE_INFINITY
    if (operator === 'UNIQUE') return 1
    return operator === 'MAX_PER' ? Number(value) || Number.POSITIVE_INFINITY : Number.POSITIVE_INFINITY
  })
  return Math.min(fixed ? 1 : Number.POSITIVE_INFINITY, ...limits)
}

/** How many more tasks of a definition the agents have room for; `running` by agent counts against what one may run. Ports are not counted. */
export function roomFor(definition: Definition, agents: readonly Agent[], running: ReadonlyMap<string, number> = new Map()): number {
  const need = { cpus: Number(definition.cpus ?? 1), mem: Number(definition.mem ?? 128), disk: Number(definition.disk ?? 0) }
  const most = mostPerAgent(definition)
  return eligible(definition, agents)
    .map((agent) => {
      const byResource = (['cpus', 'mem', 'disk'] as const).map((name) =>
        need[name] > 0 ? Math.floor((agent.free[name] + 1e-9) / need[name]) : Number.POSITIVE_INFINITY,
      )
      return Math.max(0, Math.min(...byResource, most - (running.get(agent.host) ?? 0)))
    })
    .reduce((sum, n) => sum + n, 0)
}
