import {
  type InventoryHost,
  type MarathonApp,
  MarathonAwayError,
  type MesosAgent,
  MesosAwayError,
  marathonOf,
  mesosOf,
  type Refusal,
  reachFrom,
  retiring,
  roomFor,
  type Turn,
} from '../../src/index.ts'
import { agentOf } from './agents.ts'
import { isHere, PLACED } from './move.ts'
import { OUTAGE, PATIENCE, patiently, plural } from './patience.ts'

/** Marks a host's agent as gone: Mesos forgets it, and rejects it if it comes back. */
async function markGone({ cluster, net }: Turn, host: InventoryHost): Promise<void> {
  const mesos = mesosOf(cluster, reachFrom(net))
  const { agents } = await patiently(() => mesos.agents(), PATIENCE)
  const agent = agentOf(host, agents)
  if (agent !== undefined) await patiently(() => mesos.markGone(agent.id), PATIENCE)
}

/** The agent was drained; it never comes back. */
export const leave = (turn: Turn): Promise<void> => markGone(turn, turn.host)

/** Its tasks are lost at once, and start elsewhere. */
export const forget = markGone

/**
 * Apps whose tasks on an agent do not fit on the agents that stay, with how many must go there, including those of
 * other leaving agents. Considers each app separately. Pure.
 */
export function withoutRoom(
  apps: readonly MarathonApp[],
  agent: MesosAgent,
  leave: readonly MesosAgent[],
  stay: readonly MesosAgent[],
): readonly { readonly id: string; readonly tasks: number; readonly room: number }[] {
  const hosts = stay.map((each) => ({ ...each, host: each.hostname }))
  return apps.flatMap((app) => {
    if (!isHere(app, agent.id)) return []
    const placed = app.tasks.filter(({ state }) => PLACED.has(state))
    const go = new Set([agent, ...leave].map(({ id }) => id))
    const running = new Map<string, number>()
    for (const { host, slaveId } of placed) if (!go.has(slaveId)) running.set(host, (running.get(host) ?? 0) + 1)
    const tasks = placed.filter(({ slaveId }) => go.has(slaveId)).length
    const room = roomFor(app.definition, hosts, running)
    return room < tasks ? [{ id: app.id, tasks, room }] : []
  })
}

/** The state of an agent and of the others. */
interface Scene {
  readonly apps: readonly MarathonApp[]
  readonly own: MesosAgent
  /** Other agents that leave as well. */
  readonly go: readonly MesosAgent[]
  readonly stay: readonly MesosAgent[]
}

/** Finds out who leaves and who stays; undefined if Mesos does not answer, or the host has no agent. */
async function look(
  { host, cluster, net }: Pick<Turn, 'host' | 'cluster' | 'net'>,
  leave: readonly InventoryHost[],
): Promise<Scene | undefined> {
  if (cluster.withRecipe('marathon').length === 0) return undefined
  const reach = reachFrom(net)
  try {
    const [{ agents }, apps] = await Promise.all([mesosOf(cluster, reach).agents(), marathonOf(cluster, reach).apps()])
    const own = agentOf(host, agents)
    if (own === undefined) return undefined
    const go = leave.flatMap((each) => agentOf(each, agents) ?? []).filter(({ id }) => id !== own.id)
    const stay = agents.filter(
      (each) => each.active && !each.deactivated && ![own, ...go].some(({ id }) => id === each.id),
    )
    return { apps, own, go, stay }
  } catch (error) {
    if (error instanceof MarathonAwayError || error instanceof MesosAwayError) return undefined
    throw error
  }
}

/** Refuses if the other slaves lack room for its tasks. If Mesos or Marathon is away, the drain notices. */
export async function refuse(turn: Omit<Turn, 'netTo'>): Promise<readonly Refusal[]> {
  const scene = await look(turn, retiring(turn.cluster, 'mesos-agent'))
  if (scene === undefined) return []
  return withoutRoom(scene.apps, scene.own, scene.go, scene.stay).map(({ id, tasks, room }) => ({
    refusal: OUTAGE,
    reason: `${plural(tasks, 'task')} of ${id} must go elsewhere, and the slaves that stay have room for ${room}.`,
    remedy: 'Scale it down, or add a slave first.',
    changes: [],
  }))
}

/** Describes whether the others have room for its tasks, if it is drained together with others. */
export async function foresees(turn: Turn, together: readonly InventoryHost[]): Promise<readonly string[]> {
  const scene = await look(turn, [...retiring(turn.cluster, 'mesos-agent'), ...together])
  if (scene === undefined) return []
  const lacking = withoutRoom(scene.apps, scene.own, scene.go, scene.stay)
  if (lacking.length > 0)
    return lacking.map(
      ({ id, tasks, room }) =>
        `${plural(tasks, 'task')} of ${id} must go elsewhere, and the slaves that stay have room for ${room}.`,
    )
  const here = scene.apps.flatMap(({ tasks }) => tasks).filter((task) => isPlacedOn(task, scene.own)).length
  return [here === 0 ? 'It has no task.' : `The slaves that stay have room for its ${plural(here, 'task')}.`]
}

const isPlacedOn = ({ slaveId, state }: MarathonApp['tasks'][number], { id }: MesosAgent): boolean =>
  slaveId === id && PLACED.has(state)
