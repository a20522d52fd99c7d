import type { Definition, MarathonApp, MarathonTask } from '../../clients/marathon-answers.ts'
import { object } from '../../lib/json.ts'
import type { Agent } from '../agents.ts'
import { allowedBeside } from '../check/beside.ts'
import { eligible, mostPerAgent, needOf, roomFor } from '../check/room.ts'

/** Moves one task from one slave to another. Both are named as Mesos names them. */
export interface Shift {
  readonly from: string
  readonly to: string
}

/** How many of an app's tasks each agent has, including agents with none. */
export type Counts = ReadonlyMap<string, number>

/** States of a task that occupies an agent. */
const PLACED = new Set(['TASK_STAGING', 'TASK_STARTING', 'TASK_RUNNING'])

/** Does a task occupy an agent, or has it yet to get one? */
export const isPlaced = ({ state, version }: MarathonTask): boolean => PLACED.has(state) && version !== ''

/** How many of an app's tasks each of these agents has. */
export function countsOf(tasks: readonly MarathonTask[], agents: readonly Agent[]): Counts {
  const counts = new Map(agents.map(({ host }) => [host, 0]))
  for (const { host } of tasks.filter(isPlaced)) if (counts.has(host)) counts.set(host, (counts.get(host) ?? 0) + 1)
  return counts
}

/** Would a task on `to` be better placed there than on `from`? `counts` does not include that task. */
export const isBetter = (counts: Counts, from: string, to: string): boolean =>
  (counts.get(from) ?? 0) - (counts.get(to) ?? 0) >= 2

/** The agents sorted by their number of tasks, fullest first. */
export const fullestFirst = (counts: Counts): readonly string[] =>
  [...counts].sort(([a, n], [b, m]) => m - n || (a < b ? -1 : 1)).map(([host]) => host)

/** The best possible shift: from the fullest agent to the emptiest that may take the task. */
function best(definition: Definition, agents: readonly Agent[], counts: Counts): Shift | undefined {
  const byHost = new Map(agents.map((agent) => [agent.host, agent]))
  const order = fullestFirst(counts)
  const takes = (to: string): boolean => {
    const agent = byHost.get(to)
    return (
      agent !== undefined &&
      roomFor(definition, [agent], counts) > 0 &&
      allowedBeside(definition, agents, counts, agent)
    )
  }
  for (const from of order) {
    const to = order.toReversed().find((host) => isBetter(counts, from, host) && takes(host))
    if (to !== undefined) return { from, to }
  }
  return undefined
}

/** An agent after a shift: with one task more, or less. */
function after(agent: Agent, definition: Definition, { from, to }: Shift): Agent {
  const sign = Number(agent.host === from) - Number(agent.host === to)
  const need = needOf(definition)
  const { cpus, mem, disk } = agent.free
  return {
    ...agent,
    free: { cpus: cpus + sign * need.cpus, mem: mem + sign * need.mem, disk: disk + sign * need.disk },
  }
}

/**
 * The shifts after which no agent has two of an app's tasks more than another agent that could take one. Considers free
 * resources and constraints, and only the agents that accept new tasks. Pure.
 */
export function shiftsOf(app: Pick<MarathonApp, 'definition' | 'tasks'>, agents: readonly Agent[]): readonly Shift[] {
  if (staysPut(app.definition)) return []
  const counts = new Map(countsOf(app.tasks, agents))
  const shifts: Shift[] = []
  let now = agents
  for (const _ of app.tasks) {
    const shift = best(app.definition, now, counts)
    if (shift === undefined) break
    shifts.push(shift)
    counts.set(shift.from, (counts.get(shift.from) ?? 0) - 1)
    counts.set(shift.to, (counts.get(shift.to) ?? 0) + 1)
    now = now.map((agent) => after(agent, app.definition, shift))
  }
  return shifts
}

/** Do the app's tasks keep data on their slave? Marathon restarts such a task where it ran. */
export function staysPut(definition: Definition): boolean {
  const volumes = object(definition.container).volumes
  const isKept = (volume: unknown): boolean => object(volume).persistent !== undefined
  return definition.residency !== undefined || (Array.isArray(volumes) && volumes.some(isKept))
}

/** The agent that has all of an app's tasks although others could take some; undefined if there is none. Pure. */
export function together(
  { definition, tasks }: Pick<MarathonApp, 'definition' | 'tasks'>,
  agents: readonly Agent[],
): string | undefined {
  const placed = tasks.filter(isPlaced)
  const [first] = placed
  if (first === undefined || placed.length < 2 || placed.some(({ host }) => host !== first.host)) return undefined
  const most = mostPerAgent(definition)
  if (most < 2 || eligible(definition, agents).length < 2) return undefined
  return shiftsOf({ definition, tasks }, agents).length > 0 ? first.host : undefined
}
