import { setTimeout as sleep } from 'node:timers/promises'
import {
  agentDial,
  agentState,
  agentTasks,
  type Mesos,
  type MesosAgent,
  mesosOf,
  NONE_IS_MISSED,
  reachFrom,
  sh,
  TransportError,
  type Turn,
  timeLimit,
} from '../../src/index.ts'
import { agentOf } from './agents.ts'
import { type Moved, moveTasks } from './move-tasks.ts'
import { now, OUTAGE, PATIENCE, type Patience, patiently, plural } from './patience.ts'

export type { Patience } from './patience.ts'

const find = async (mesos: Mesos, turn: Turn, patience: Patience): Promise<MesosAgent | undefined> =>
  agentOf(turn.host, (await patiently(() => mesos.agents(), patience)).agents)

/** Does the agent's process answer? */
async function isUp({ net, host }: Turn): Promise<boolean> {
  try {
    ;(await agentDial(host, reachFrom(net))()).destroy()
    return true
  } catch (error) {
    if (error instanceof TransportError && error.failure === 'refused') return false
    throw error
  }
}

/**
 * Takes a host's agent out of service: no new tasks, then every app with tasks here gets a healthy one elsewhere, then
 * the remaining tasks are killed with their grace periods. It stores no state: it continues from whatever an earlier
 * run left.
 * @throws Error if tasks cannot be moved, or Mesos or Marathon do not answer
 */
export async function takeOut(turn: Turn, patience: Patience = PATIENCE): Promise<void> {
  const mesos = mesosOf(turn.cluster, reachFrom(turn.net))
  const agent = await find(mesos, turn, patience)
  if (agent?.drain === 'DRAINED') return
  if (agent === undefined || (!agent.active && !(agent.deactivated && (await isUp(turn))))) return orphans(turn)
  if (!agent.deactivated) await mesos.deactivate(agent.id)
  const moved = await moveTasks(turn, mesos, agent, patience)
  await drain(turn, mesos, agent.id, moved, patience)
}

/** Without an agent that could kill its tasks, they may still run, and cannot be moved. */
async function orphans({ net, allow }: Turn): Promise<void> {
  const listed = await net.read(sh`! command -v docker >/dev/null || docker ps -q --filter name=^mesos-`)
  const count = listed.split('\n').filter((line) => line !== '').length
  if (count === 0 || allow.has(OUTAGE)) return
  throw new Error(
    `its agent is not connected to a master, so that the ${plural(count, 'task')} that it started cannot be moved: fix mesos-agent first, or let them end with --allow ${OUTAGE}`,
  )
}

async function drain(
  turn: Turn,
  mesos: Mesos,
  id: string,
  { grace, carried }: Moved,
  patience: Patience,
): Promise<void> {
  const { host, net, say, signal } = turn
  const began = now()
  const isLast = timeLimit(grace * 1000 + 4 * patience.drain)
  let idle = began // since when no task is left to end
  let said: number | undefined
  for (let sent = 0; ; ) {
    const last = isLast()
    // a drain whose last task went with its framework does not end until it is requested again; one whose framework is
    // away ends when the framework is back
    if (sent === 0 || now() - idle >= patience.drain) {
      if (sent++ === 3) return say('its drain no longer: Mesos goes on with it although no task is left')
      idle = now()
      await patiently(() => mesos.drain(id, grace, carried), patience)
    }
    if ((await find(mesos, turn, patience))?.drain === 'DRAINED') return
    const left = await agentTasks(agentDial(host, reachFrom(net)))
    // an agent that does not report its tasks may have some for as long as their grace period
    if ((left ?? (now() - began < grace * 1000 ? 1 : 0)) > 0) idle = now()
    if (left !== undefined && left !== said) say(left === 0 ? 'its drain to end' : `${plural(left, 'task')} to end`)
    said = left
    if (signal.aborted) throw new Error('stopped as asked, while it was drained')
    if (last)
      throw new Error(
        `${left === undefined ? 'its tasks' : plural(left, 'task')} did not end within ${Math.round((now() - began) / 1000)} s`,
      )
    await sleep(patience.poll, undefined, { signal }).catch(() => undefined)
  }
}

/**
 * Brings a host's agent back into service from any state: waits until it has registered again, then lets it get tasks.
 * @throws Error if that fails, or Mesos does not answer
 */
export async function bringBack(turn: Turn, patience: Patience = PATIENCE): Promise<void> {
  const { host, net, say } = turn
  const mesos = mesosOf(turn.cluster, reachFrom(net))
  const isLast = timeLimit(patience.back)
  let draining = 0
  let said = ''
  for (;;) {
    const last = isLast()
    const agent = await find(mesos, turn, patience)
    if (agent?.active === true) return
    const up = await isUp(turn)
    // an agent that was not taken out is not brought back: its own health says why it does not run
    if (agent?.deactivated !== true && !up) return
    let what = 'its agent to register'
    if (agent?.deactivated === true && up && (await isRecovered(turn))) {
      if ((await patiently(() => mesos.reactivate(agent.id), patience)) === 'draining') {
        what = 'its drain to end'
        draining ||= now()
        if (now() - draining > patience.drain && (await agentTasks(agentDial(host, reachFrom(net)))) === 0) {
          draining = now()
          await patiently(() => mesos.drain(agent.id, 60, NONE_IS_MISSED), patience)
        }
      } else what = 'its agent to be active'
    }
    if (last) throw new Error(`waited ${patience.back / 1000} s for ${what}`)
    if (what !== said) say(what)
    said = what
    await sleep(patience.poll)
  }

  /** Has the agent recovered? It does not say if it requires a login. */
  async function isRecovered(of: Turn): Promise<boolean> {
    const state = await agentState(agentDial(host, reachFrom(of.net))).catch(() => undefined)
    return state !== undefined || (await agentTasks(agentDial(host, reachFrom(of.net)))) === undefined
  }
}
