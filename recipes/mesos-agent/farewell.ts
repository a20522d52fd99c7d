import {
  type InventoryHost,
  type MarathonApp,
  MarathonAwayError,
  type MesosAgent,
  marathonOf,
  mesosOf,
  type Refusal,
  reachFrom,
  retiring,
  roomFor,
  type Turn,
} from '../../src/index.ts'
import { agentOf } from './agents.ts'
import { OUTAGE, PATIENCE, patiently, plural } from './patience.ts'

/** Marks the agent of a host as gone: Mesos forgets it, and turns it away if it comes back. */
async function markGone({ cluster, net }: Turn, host: InventoryHost): Promise<void> {
  const mesos = mesosOf(cluster, reachFrom(net))
  const { agents } = await patiently(() => mesos.agents(), PATIENCE)
  const agent = agentOf(host, agents)
  if (agent !== undefined) await patiently(() => mesos.markGone(agent.id), PATIENCE)
}

/** The agent was drained; it is gone for good. */
export const leave = (turn: Turn): Promise<void> => markGone(turn, turn.host)

/** Its tasks are lost at once, and start elsewhere. */
export const forget = markGone

/** Apps whose tasks on an agent the others have no room for, with how many. Each is looked at by itself. Pure. */
export function withoutRoom(
  apps: readonly MarathonApp[],
  agent: MesosAgent,
  others: readonly MesosAgent[],
): readonly { readonly id: string; readonly tasks: number; readonly room: number }[] {
  const hosts = others.map((each) => ({ ...each, host: each.hostname }))
  return apps.flatMap(({ id, definition, tasks }) => {
    const here = tasks.filter(({ slaveId, state }) => slaveId === agent.id && state === 'TASK_RUNNING').length
    if (here === 0) return []
    const running = new Map<string, number>()
    for (const { host, slaveId } of tasks) if (slaveId !== agent.id) running.set(host, (running.get(host) ?? 0) + 1)
    const room = roomFor(definition, hosts, running)
    return room < here ? [{ id, tasks: here, room }] : []
  })
}

/** The other slaves must have room for its tasks. Where Mesos or Marathon is away, the drain sees it. */
export async function refuse({ host, cluster, net }: Turn): Promise<readonly Refusal[]> {
  if (cluster.withRecipe('marathon').length === 0) return []
  const reach = reachFrom(net)
  try {
    const [{ agents }, apps] = await Promise.all([mesosOf(cluster, reach).agents(), marathonOf(cluster, reach).apps()])
    const own = agentOf(host, agents)
    if (own === undefined) return []
    const go = [own, ...retiring(cluster, 'mesos-agent').flatMap((each) => agentOf(each, agents) ?? [])]
    const stay = agents.filter((each) => each.active && !each.deactivated && !go.some(({ id }) => id === each.id))
    return withoutRoom(apps, own, stay).map(({ id, tasks, room }) => ({
      refusal: OUTAGE,
      reason: `${plural(tasks, 'task')} of ${id} must go elsewhere, and the slaves that stay have room for ${room}.`,
      remedy: 'Scale it down, or add a slave first.',
      changes: [],
    }))
  } catch (error) {
    if (error instanceof MarathonAwayError || (error instanceof Error && error.name === 'MesosAwayError')) return []
    throw error
  }
}
