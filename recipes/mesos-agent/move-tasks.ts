import { setTimeout as sleep } from 'node:timers/promises'
import {
  type AskOthers,
  agentDial,
  agentTaskIds,
  brokenLinks,
  type Carried,
  carried,
  isBalanced,
  type Marathon,
  type MarathonApp,
  type Mesos,
  type MesosAgent,
  marathonOf,
  NONE_IS_MISSED,
  ownAnswer,
  questionOf,
  reachFrom,
  type Turn,
  timeLimit,
  withOthers,
  witnesses,
} from '../../src/index.ts'
import { agentOf } from './agents.ts'
import { isHere, longestGrace, type Move, moveOf, PLACED, roomElsewhere, unlisted } from './move.ts'
import { now, OUTAGE, type Patience, patiently } from './patience.ts'

/** Sources for the tasks' health when Marathon does not know it. */
function others({ net }: Turn, mesos: Mesos): AskOthers {
  return witnesses({
    mesos: (task) => mesos.task(task.id).then((found) => found?.healthy),
    async app(task, { definition }) {
      const question = questionOf(definition, task)
      return question && ownAnswer(() => net.dial(task.host, question.port), question)
    },
    now,
  })
}

/** An app, and what to do about it. */
interface Moving {
  readonly app: MarathonApp
  readonly move: Move
}

const idsOf = (moves: readonly Moving[], kind: 'alone' | 'stuck'): readonly string[] =>
  moves.filter(({ move }) => kind in move).map(({ app }) => app.id)

/**
 * Refuses to move tasks if that would cause an outage that nobody has accepted. `out`: other slaves that are out of
 * service. @throws Error
 */
function mustMove(moves: readonly Moving[], out: readonly string[]): void {
  const also = out.length === 0 ? '' : `; ${out.join(', ')} ${out.length === 1 ? 'is' : 'are'} out of service`
  const [alone, stuck] = [idsOf(moves, 'alone'), idsOf(moves, 'stuck')]
  if (alone.length > 0)
    throw new Error(
      `${alone.join(', ')} ${alone.length === 1 ? 'has its only task' : 'have their only tasks'} here, and would be away until ${alone.length === 1 ? 'it has' : 'they have'} started elsewhere: scale ${alone.length === 1 ? 'it' : 'them'} to 2, or accept that with --allow ${OUTAGE}`,
    )
  if (stuck.length > 0)
    throw new Error(
      `${stuck.join(', ')} ${stuck.length === 1 ? 'has all its tasks' : 'have all their tasks'} here, and no other slave could take one (its free resources, or the app's constraints${also}): make room on another slave, or accept that ${stuck.length === 1 ? 'it is' : 'they are'} away with --allow ${OUTAGE}`,
    )
}

const apps = (moves: readonly Moving[]): readonly MarathonApp[] => moves.map(({ app }) => app)

/** What a move waits for, if anything. */
function waitsFor({ id }: MarathonApp, move: Move): string | undefined {
  if ('more' in move) return `one more task of ${id} on another host`
  if ('kill' in move) return `the end of ${move.kill}, which does not serve`
  return 'wait' in move ? move.wait : undefined
}

/** Carries out a move. `more`: the apps that got one task more, as they were before. */
async function carryOut(
  marathon: Marathon,
  carried: Carried,
  app: MarathonApp,
  move: Move,
  agent: string,
  more: Map<string, MarathonApp>,
): Promise<void> {
  const { id, instances, tasks } = app
  const changes = marathon.changes(carried)
  if ('kill' in move) await changes.kill([move.kill])
  if ('more' in move) {
    // again, if the answer to it was lost: Marathon may have it, and would refuse it while it starts the task
    const has = more.has(id) && (await marathon.app(id))?.instances === instances + 1
    more.set(id, app)
    if (!has) await changes.scale(id, instances + 1)
  }
  // a task here is killed in exchange for the one that started elsewhere
  const here = tasks.find(({ slaveId }) => slaveId === agent)
  if ('free' in move && more.has(id) && here !== undefined) {
    await changes.killAndScale([here.id], app)
    more.delete(id)
  }
}

/**
 * Removes the additional tasks again. Keeps the number of an app whose additional task still waits for a slave:
 * lowering it would kill a task that serves.
 * @returns those apps
 */
async function takeBack(marathon: Marathon, more: ReadonlyMap<string, MarathonApp>): Promise<readonly string[]> {
  const left: string[] = []
  const apps = more.size === 0 ? [] : await marathon.apps()
  for (const [id, before] of more) {
    const known = new Set(before.tasks.map((task) => task.id))
    const app = apps.find((each) => each.id === id)
    const extra = app?.tasks.find((task) => !known.has(task.id) && PLACED.has(task.state))
    const raised = { id, instances: before.instances + 1 }
    if (extra !== undefined) await marathon.changes(NONE_IS_MISSED).killAndScale([extra.id], raised)
    else if (app !== undefined) left.push(id)
  }
  return left
}

/** What remains to be killed once no app needs the agent. */
export interface Moved {
  /** The longest grace period of the tasks here, in seconds. */
  readonly grace: number
  readonly carried: Carried
}

/** Proof that the replacements of these apps' tasks will get requests. @throws BrokenChainError */
const wordFor = (
  { cluster, host, allow, netTo, say, signal }: Turn,
  apps: readonly MarathonApp[],
  patience: Patience,
) =>
  carried({
    allow,
    broken: async () =>
      apps.some(({ definition }) => isBalanced(definition)) ? brokenLinks(cluster, netTo, String, host) : [],
    patience: patience.chain,
    async pause() {
      say('registrar and consul-template to be healthy on every other slave')
      await sleep(patience.poll, undefined, { signal })
    },
    now,
  })

/** What a drain would end although Marathon says nothing of it. */
async function strangers({ host, net }: Turn, listed: readonly MarathonApp[]): Promise<readonly string[]> {
  const running = await agentTaskIds(agentDial(host, reachFrom(net))).catch(() => undefined)
  return unlisted(listed, running ?? []).map(
    (id) => `the end of ${id}, which Marathon does not list (or accept it with --allow ${OUTAGE})`,
  )
}

/**
 * Waits until no app needs this agent any more. If all tasks of an app are here, it first starts one more; once that is
 * healthy, it kills one here, so that the app has as many as before.
 */
export async function moveTasks(turn: Turn, mesos: Mesos, own: MesosAgent, patience: Patience): Promise<Moved> {
  const { cluster, host, net, allow, say, signal } = turn
  if (cluster.withRecipe('marathon').length === 0) return { grace: 60, carried: NONE_IS_MISSED }
  const marathon = marathonOf(cluster, reachFrom(net))
  const ask = others(turn, mesos)
  const isLast = timeLimit(patience.move)
  /** Apps that got one task more, as they were before. */
  const more = new Map<string, MarathonApp>()
  let said = ''
  let out: readonly string[] = []

  const look = async (): Promise<readonly Moving[]> => {
    const { agents } = await patiently(() => mesos.agents(), patience)
    out = cluster.hosts.flatMap((each) =>
      each.name !== host.name && agentOf(each, agents)?.deactivated ? [each.name] : [],
    )
    const all = await patiently(() => marathon.apps(), patience)
    const apps = await Promise.all(all.map((app) => (isHere(app, own.id) ? withOthers(app, ask) : app)))
    return apps.map((app) => ({
      app,
      move: moveOf(app, own.id, more.has(app.id) || roomElsewhere(app.definition, own, agents)),
    }))
  }

  try {
    for (;;) {
      const last = isLast()
      if (signal.aborted) throw new Error('stopped as asked, while its tasks were moved')
      const moves = await look()
      if (!allow.has(OUTAGE)) mustMove(moves, out)
      const here = apps(moves).filter((app) => isHere(app, own.id))
      const word = await wordFor(turn, here, patience)
      for (const { app, move } of moves)
        await patiently(() => carryOut(marathon, word, app, move, own.id, more), patience)
      const waits = moves.flatMap(({ app, move }) => waitsFor(app, move) ?? [])
      if (waits.length === 0 && !allow.has(OUTAGE)) waits.push(...(await strangers(turn, apps(moves))))
      if (waits.length === 0) return { grace: longestGrace(apps(moves), own.id), carried: word }
      const text = `its tasks to be moved: ${waits.join(', ')}`
      if (text !== said) say(text)
      said = text
      if (last)
        throw new Error(`its tasks could not be moved within ${patience.move / 1000} s, waited for ${waits.join(', ')}`)
      await sleep(patience.poll, undefined, { signal }).catch(() => undefined)
    }
  } catch (error) {
    const left = await takeBack(marathon, more).catch(() => [...more.keys()])
    if (left.length === 0) throw error
    const has = left.length === 1 ? 'has' : 'have'
    throw new Error(
      `${error instanceof Error ? error.message : error}; ${left.join(', ')} ${has} one task more than before`,
      { cause: error },
    )
  }
}
