import type { Definition, MarathonApp, MarathonTask } from '../../clients/marathon-answers.ts'
import { object } from '../../lib/json.ts'
import type { Agent } from '../agents.ts'
import { allowedBeside } from '../check/beside.ts'
import { eligible, mostPerAgent, needOf, roomFor } from '../check/room.ts'

/** One task goes from one slave to another; both by the names that Mesos has for them. */
export interface Shift {
  readonly from: string
  readonly to: string
}

/** How many tasks each agent has of an app, those without any among them. */
export type Counts = ReadonlyMap<string, number>

/** States of a task that has its place on an agent. */
const PLACED = new Set(['TASK_STAGING', 'TASK_STARTING', 'TASK_RUNNING'])

/** Does a task have, or has it yet to begin, its place on an agent? */
export const isPlaced = ({ state, version }: MarathonTask): boolean => PLACED.has(state) && version !== ''

/** How many tasks of an app each of these agents has. */
export function countsOf(tasks: readonly MarathonTask[], agents: readonly Agent[]): Counts {
  const counts = new Map(agents.map(({ host }) => [host, 0]))
  for (const { host } of tasks.filter(isPlaced)) if (counts.has(host)) counts.set(host, (counts.get(host) ?? 0) + 1)
  return counts
}

/** Would a task that is on `to` be better there than on `from`? `counts`: without it. */
export const isBetter = (counts: Counts, from: string, to: string): boolean =>
  (counts.get(from) ?? 0) - (counts.get(to) ?? 0) >= 2

/** The agents of a map by their number of tasks, the fullest first. */
export const fullestFirst = (counts: Counts): readonly string[] =>
  [...counts].sort(([a, n], [b, m]) => m - n || (a < b ? -1 : 1)).map(([host]) => host)

/** The best shift there is: from the fullest to the emptiest that may take the task. */
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

/** An agent that has one task more, or less. */
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
 * The shifts after which no agent has two tasks of an app more than another one that could take one: by what the agents
 * have free, by the constraints, and among those alone that get new tasks. Pure.
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

/** Do the tasks keep their data on their slave? Marathon starts such a task again where it was. */
export function staysPut(definition: Definition): boolean {
  const volumes = object(definition.container).volumes
  const isKept = (volume: unknown): boolean => object(volume).persistent !== undefined
  return definition.residency !== undefined || (Array.isArray(volumes) && volumes.some(isKept))
}

/** Where all tasks of an app are, if they are on one agent and others could take some; undefined where not. Pure. */
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
