import { balanceable } from '../../balancing/definition.ts'
import type { Definition } from '../../clients/marathon-answers.ts'
import { list } from '../../lib/json.ts'
import { count } from '../../lib/units.ts'
import type { Agent } from '../agents.ts'

/** The constraints of a definition, each as [field, operator, value]. */
export const constraints = ({ constraints }: Definition): readonly (readonly [string, string, string])[] =>
  list(constraints).map((each) => {
    const [field = '', operator = '', value = ''] = list(each).map(String)
    return [field.replace(/^@/, ''), operator.toUpperCase(), value] as const
  })

const matches = (pattern: string, text: string): boolean => {
  try {
    return new RegExp(`^(?:${pattern})$`).test(text)
  } catch {
    return true // Marathon reports the mistake itself
  }
}

/** The agents that a definition's constraints allow. */
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

/** The agents' own ports that a definition asks for. */
const fixedPorts = (definition: Definition): readonly number[] =>
  balanceable(definition)
    .ports.map(({ fixed }) => fixed)
    .filter((port) => port > 0)

/** How many of an app's tasks one agent may run, given UNIQUE, MAX_PER or a fixed host port. */
export function mostPerAgent(definition: Definition): number {
  const fixed = fixedPorts(definition).length > 0
  const limits = constraints(definition).map(([field, operator, value]) => {
    if (field !== 'hostname') return Number.POSITIVE_INFINITY
    if (operator === 'UNIQUE') return 1
    return operator === 'MAX_PER' ? Number(value) || Number.POSITIVE_INFINITY : Number.POSITIVE_INFINITY
  })
  return Math.min(fixed ? 1 : Number.POSITIVE_INFINITY, ...limits)
}

/** What one task of a definition needs. */
export const needOf = (definition: Definition): Agent['free'] => ({
  cpus: Number(definition.cpus ?? 1),
  mem: Number(definition.mem ?? 128),
  disk: Number(definition.disk ?? 0),
})

/** May tasks of a definition use what agents reserve for a role? How much that is, is not known here. */
const isReserved = ({ role, acceptedResourceRoles }: Definition): boolean =>
  role !== undefined || list(acceptedResourceRoles).some((each) => each !== '*')

/**
 * Why no agent could run a task of a definition even if it ran nothing else: the place in the definition, and what the
 * agents have. Undefined if an agent could, or if that is unknown.
 */
export function neverFits(
  definition: Definition,
  agents: readonly Agent[],
): { readonly path: string; readonly why: string } | undefined {
  if (agents.length === 0 || isReserved(definition)) return undefined
  const allowed = eligible(definition, agents)
  if (allowed.length === 0) return { path: 'constraints', why: `none of the ${agents.length} agents fits them` }
  const known = allowed.flatMap(({ whole }) => whole ?? [])
  const need = needOf(definition)
  if (known.length === allowed.length)
    for (const name of ['cpus', 'mem', 'disk'] as const) {
      const most = Math.max(...known.map((whole) => whole[name]))
      if (need[name] > most + 1e-9)
        return { path: name, why: `${need[name]} is more than any agent that it may run on has (${most})` }
    }
  const gpus = Number(definition.gpus ?? 0)
  if (known.length === allowed.length && gpus > Math.max(0, ...allowed.map((agent) => agent.gpus ?? 0)))
    return { path: 'gpus', why: `no agent that it may run on has ${count(gpus, 'GPU')}` }
  const { ports, portsAt } = balanceable(definition)
  const place = portsAt === 'portDefinitions' ? 'port' : 'hostPort'
  for (const [i, { fixed }] of ports.entries()) {
    const offered = allowed.some(
      (agent) => agent.ports === undefined || agent.ports.some(([from, to]) => from <= fixed && fixed <= to),
    )
    if (fixed > 0 && !offered)
      return {
        path: `${portsAt}[${i}].${place}`,
        why: `no agent offers port ${fixed} (vars.mesos-agent.resources.ports)`,
      }
  }
  const fits = (whole: Agent['free']): boolean =>
    whole.cpus >= need.cpus && whole.mem >= need.mem && whole.disk >= need.disk
  if (known.length < allowed.length || known.some(fits)) return undefined
  return { path: 'cpus', why: `no agent has cpus ${need.cpus}, mem ${need.mem} and disk ${need.disk} together` }
}

/**
 * How many tasks of a definition the agents could run if they ran nothing else; infinite if that is unknown.
 */
export function mostInAll(definition: Definition, agents: readonly Agent[]): number {
  const allowed = eligible(definition, agents)
  if (allowed.length === 0 || isReserved(definition) || allowed.some(({ whole }) => whole === undefined))
    return Number.POSITIVE_INFINITY
  return roomFor(
    definition,
    allowed.map(({ whole, ...agent }) => ({ ...agent, free: whole ?? agent.free })),
  )
}

/**
 * How many more tasks of a definition fit on the agents. `running`: for each agent, the tasks that count towards its
 * limit per agent. Does not count ports.
 */
export function roomFor(
  definition: Definition,
  agents: readonly Agent[],
  running: ReadonlyMap<string, number> = new Map(),
): number {
  const need = needOf(definition)
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
