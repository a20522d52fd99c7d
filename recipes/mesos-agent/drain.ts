import { setTimeout as sleep } from 'node:timers/promises'
import {
  type AskOthers,
  agentState,
  agentTasks,
  type MarathonApp,
  MarathonAwayError,
  type Mesos,
  type MesosAgent,
  MesosAwayError,
  ownAnswer,
  questionOf,
  sh,
  TransportError,
  type Turn,
  withOthers,
  witnesses,
} from '../../src/index.ts'
import { marathonOf } from '../marathon/deployments.ts'
import { clientOf } from '../mesos-master/masters.ts'
import { agentOf, dialTo } from './agents.ts'
import { isHere, longestGrace, type Move, moveOf, roomElsewhere } from './move.ts'

/** How patient draining is, in milliseconds. */
export interface Patience {
  readonly poll: number
  /** For a failover of Marathon or of the masters. */
  readonly failover: number
  /** For a process of theirs that is started again, where none answers. */
  readonly restart: number
  /** For tasks that shall come up on other hosts. */
  readonly move: number
  /** For a drain to end when no task is left; then it is asked for again, three times in all. Then there is nothing to wait for. */
  readonly drain: number
  /** For an agent that comes back. */
  readonly back: number
}

const PATIENCE: Patience = { poll: 1000, failover: 30_000, restart: 10_000, move: 300_000, drain: 30_000, back: 300_000 }

/** The name that accepts an outage of apps whose only task is on the host. */
const OUTAGE = 'drain-outage'

const now = (): number => performance.now()
const plural = (n: number, word: string): string => `${n} ${n === 1 ? word : `${word}s`}`

/** Answers of somebody who may be failing over, or starting again: asked again for as long as that may take. */
async function patiently<T>(ask: () => Promise<T>, patience: Patience): Promise<T> {
  const began = now()
  for (;;) {
    try {
      return await ask()
    } catch (error) {
      if (!(error instanceof MesosAwayError || error instanceof MarathonAwayError)) throw error
      if (now() - began >= (error.runs ? patience.failover : patience.restart)) throw error
      await sleep(patience.poll)
    }
  }
}

const find = async (mesos: Mesos, turn: Turn, patience: Patience): Promise<MesosAgent | undefined> =>
  agentOf(turn.host, (await patiently(() => mesos.agents(), patience)).agents)

/** Does the agent's process answer? */
async function isUp({ net, host }: Turn): Promise<boolean> {
  try {
    ;(await dialTo(net, host)()).destroy()
    return true
  } catch (error) {
    if (error instanceof TransportError && error.failure === 'refused') return false
    throw error
  }
}

/**
 * Takes a host's agent out of service: no new tasks, then every app that has tasks here gets a healthy one elsewhere, then all that is left is ended in its
 * own time. It remembers nothing: from whatever an earlier run left, it goes on.
 * @throws Error where tasks cannot be moved, or nobody can be asked
 */
export async function takeOut(turn: Turn, patience: Patience = PATIENCE): Promise<void> {
  const mesos = clientOf(turn.cluster, turn.net)
  const agent = await find(mesos, turn, patience)
  if (agent?.drain === 'DRAINED') return
  if (agent === undefined || (!agent.active && !(agent.deactivated && (await isUp(turn))))) return orphans(turn)
  if (!agent.deactivated) await mesos.deactivate(agent.id)
  const grace = await moveTasks(turn, mesos, agent, patience)
  await drain(turn, mesos, agent.id, grace, patience)
}

/** The agent is not there to end its tasks: they may run, and cannot be moved. */
async function orphans({ net, allow }: Turn): Promise<void> {
  const listed = await net.read(sh`! command -v docker >/dev/null || docker ps -q --filter name=^mesos-`)
  const count = listed.split('\n').filter((line) => line !== '').length
  if (count === 0 || allow.has(OUTAGE)) return
  throw new Error(
    `its agent is not connected to a master, so that the ${plural(count, 'task')} that it started cannot be moved: mend mesos-agent first, or let them end with --allow ${OUTAGE}`,
  )
}

/** Who may know how tasks are when Marathon does not. */
function others({ net }: Turn, mesos: Mesos): AskOthers {
  return witnesses({
    mesos: (task) => mesos.taskHealth(task.id),
    async app(task, { definition }) {
      const question = questionOf(definition, task)
      return question && ownAnswer(() => net.dial(task.host, question.port), question)
    },
    now,
  })
}

/** What is known of an app, and what is to be done about it. */
interface Moving {
  readonly app: MarathonApp
  readonly move: Move
}

const idsOf = (moves: readonly Moving[], kind: 'alone' | 'stuck'): readonly string[] =>
  moves.filter(({ move }) => kind in move).map(({ app }) => app.id)

/** Why tasks cannot be moved without an outage that nobody has accepted. @throws Error */
function mustMove(moves: readonly Moving[]): void {
  const [alone, stuck] = [idsOf(moves, 'alone'), idsOf(moves, 'stuck')]
  if (alone.length > 0)
    throw new Error(
      `${alone.join(', ')} ${alone.length === 1 ? 'has its only task' : 'have their only tasks'} here, and would be away until ${alone.length === 1 ? 'it has' : 'they have'} started elsewhere: scale ${alone.length === 1 ? 'it' : 'them'} to 2, or accept that with --allow ${OUTAGE}`,
    )
  if (stuck.length > 0)
    throw new Error(
      `${stuck.join(', ')} ${stuck.length === 1 ? 'has all its tasks' : 'have all their tasks'} here, and no other slave could take one (what it has free, the constraints of the app): make room on another slave, or accept that ${stuck.length === 1 ? 'it is' : 'they are'} away with --allow ${OUTAGE}`,
    )
}

/**
 * Waits until no app needs this agent any more. Where all tasks of an app are here, one more is started before any is ended; when it is healthy, one of
 * those here goes for it, and the app has as many as it had.
 * @returns the longest grace of what runs here, in seconds
 */
async function moveTasks(turn: Turn, mesos: Mesos, own: MesosAgent, patience: Patience): Promise<number> {
  const { cluster, net, allow, say, signal } = turn
  if (cluster.withRecipe('marathon').length === 0) return 60
  const marathon = marathonOf(cluster, net)
  const ask = others(turn, mesos)
  const end = now() + patience.move
  /** Apps that got one more, with how many they had. */
  const more = new Map<string, number>()
  let said = ''

  const look = async (): Promise<readonly Moving[]> => {
    const { agents } = await patiently(() => mesos.agents(), patience)
    const all = await patiently(() => marathon.apps(), patience)
    const apps = await Promise.all(all.map((app) => (isHere(app, own.id) ? withOthers(app, ask) : app)))
    return apps.map((app) => ({ app, move: moveOf(app, own.id, more.has(app.id) || roomElsewhere(app.definition, own, agents)) }))
  }
  const addOne = async ({ id, instances }: MarathonApp): Promise<void> => {
    more.set(id, instances)
    await patiently(() => marathon.scale(id, instances + 1), patience)
  }
  /** One that is here goes for the one that was started elsewhere. */
  const takeOne = async ({ id, tasks }: MarathonApp): Promise<void> => {
    if (!more.delete(id)) return
    const here = tasks.find(({ slaveId }) => slaveId === own.id)
    if (here !== undefined) await patiently(() => marathon.killAndScale([here.id]), patience)
  }

  try {
    for (;;) {
      if (signal.aborted) throw new Error('stopped as asked, while its tasks were moved')
      const moves = await look()
      if (!allow.has(OUTAGE)) mustMove(moves)
      for (const { app, move } of moves) {
        if ('more' in move) await addOne(app)
        if ('free' in move) await takeOne(app)
      }
      const kills = moves.flatMap(({ move }) => ('kill' in move ? [move.kill] : []))
      if (kills.length > 0) await patiently(() => marathon.kill(kills), patience)
      const waits = moves.flatMap(({ app, move }) => {
        if ('more' in move) return [`one more task of ${app.id} on another host`]
        return 'wait' in move ? [move.wait] : []
      })
      if (waits.length === 0 && kills.length === 0)
        return longestGrace(
          moves.map(({ app }) => app),
          own.id,
        )
      const text = `its tasks are moved: ${[...waits, ...kills].join(', ')}`
      if (text !== said) say(text)
      said = text
      if (now() >= end) throw new Error(`its tasks could not be moved within ${patience.move / 1000} s, waited for ${waits.join(', ')}`)
      await sleep(patience.poll, undefined, { signal }).catch(() => undefined)
    }
  } catch (error) {
    // what was started goes again: nothing of what serves was ended
    for (const [id, instances] of more) await marathon.scale(id, instances, { force: true }).catch(() => undefined)
    throw error
  }
}

async function drain(turn: Turn, mesos: Mesos, id: string, grace: number, patience: Patience): Promise<void> {
  const { host, net, say, signal } = turn
  const began = now()
  let idle = began // since when there is nothing left to end
  let said: number | undefined
  for (let sent = 0; ; ) {
    // one whose last task went with its framework goes on draining until it is asked again, one whose framework is away until that is back
    if (sent === 0 || now() - idle >= patience.drain) {
      if (sent++ === 3) return say('no task is left, although it is said to drain still')
      idle = now()
      await patiently(() => mesos.drain(id, grace), patience)
    }
    if ((await find(mesos, turn, patience))?.drain === 'DRAINED') return
    const left = await agentTasks(dialTo(net, host))
    // an agent that does not count for us may have some for as long as they may take
    if ((left ?? (now() - began < grace * 1000 ? 1 : 0)) > 0) idle = now()
    if (left !== undefined && left !== said) say(`drains: ${plural(left, 'task')} left`)
    said = left
    if (signal.aborted) throw new Error('stopped as asked, while it was drained')
    if (now() - began > grace * 1000 + 4 * patience.drain)
      throw new Error(
        `${left === undefined ? 'its tasks' : plural(left, 'task')} did not end within ${Math.round((now() - began) / 1000)} s`,
      )
    await sleep(patience.poll, undefined, { signal }).catch(() => undefined)
  }
}

/**
 * Brings a host's agent back into service, from wherever it is: waits until it is registered again, then it gets tasks.
 * @throws Error where that does not come about, or nobody can be asked
 */
export async function bringBack(turn: Turn, patience: Patience = PATIENCE): Promise<void> {
  const { host, net, say } = turn
  const mesos = clientOf(turn.cluster, net)
  const end = now() + patience.back
  let draining = 0
  let said = ''
  for (;;) {
    const agent = await find(mesos, turn, patience)
    if (agent?.active === true) return
    const up = await isUp(turn)
    // one that was not taken out is not brought back: its own health says why it does not run
    if (agent?.deactivated !== true && !up) return
    let what = 'its agent to register'
    if (agent?.deactivated === true && up && (await isRecovered(turn))) {
      if ((await patiently(() => mesos.reactivate(agent.id), patience)) === 'draining') {
        what = 'its drain to end'
        draining ||= now()
        if (now() - draining > patience.drain && (await agentTasks(dialTo(net, host))) === 0) {
          draining = now()
          await patiently(() => mesos.drain(agent.id, 60), patience)
        }
      } else what = 'its agent to be active'
    }
    if (now() >= end) throw new Error(`waited ${patience.back / 1000} s for ${what}`)
    if (what !== said) say(what)
    said = what
    await sleep(patience.poll)
  }

  /** Has it finished its recovery? One that wants to know who asks does not say. */
  async function isRecovered(of: Turn): Promise<boolean> {
    const state = await agentState(dialTo(of.net, host)).catch(() => undefined)
    return state !== undefined || (await agentTasks(dialTo(of.net, host))) === undefined
  }
}
