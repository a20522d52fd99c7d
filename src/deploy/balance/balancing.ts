import { type Carried, NONE_IS_MISSED } from '../../balancing/chain.ts'
import { MarathonAwayError } from '../../clients/marathon.ts'
import type { MarathonApp, MarathonTask } from '../../clients/marathon-answers.ts'
import { message, sentence } from '../../lib/message.ts'
import { timeLimit } from '../../lib/wait/time-limit.ts'
import type { Agent } from '../agents.ts'
import { nameOf } from '../app/version.ts'
import { mustBeCarried } from '../chain.ts'
import type { Ended, Named } from '../rollout/deployment.ts'
import { awaitOtherDeployments, lockedWords, still } from '../rollout/other-deployments.ts'
import { hostTasks, isDone, type Look, waitsFor } from '../rollout/progress.ts'
import { firstLook, LeftError, pause, RefusedError, type Run } from '../rollout/run.ts'
import { send } from '../rollout/scaling.ts'
import { type Counts, countsOf, fullestFirst, isBetter, isPlaced, type Shift, shiftsOf, staysPut } from './shifts.ts'

/** How many milliseconds the extra task may wait for an agent before its instance is removed again. */
const TAKE_BACK = 60_000

/** A move failed. The app has all its tasks again. */
class StuckError extends Error {
  override readonly name = 'StuckError'
}

/** The slaves that get new tasks. @throws RefusedError if Mesos does not answer */
async function slaves({ cluster }: Run): Promise<readonly Agent[]> {
  const agents = await cluster.gates.agents()
  if (agents === undefined) throw new RefusedError('the Mesos masters do not say what the slaves have free')
  return agents
}

/** Reports which tasks would be moved, and where all tasks are. */
function tell(run: Run, look: Look, shifts: readonly Shift[]): void {
  const { name } = run.cluster
  run.emit({
    event: 'balance',
    hosts: hostTasks(look, name).map(({ host, old, fresh }) => ({ host, count: old + fresh })),
    moves: shifts.map(({ from, to }) => ({ from: name(from), to: name(to) })),
  })
}

/** Keeps new tasks off slaves while an app is being balanced. */
class Closed {
  readonly #run: Run
  readonly #hosts = new Set<string>()
  constructor(run: Run) {
    this.#run = run
  }
  has = (host: string): boolean => this.#hosts.has(host)
  async close(host: string): Promise<void> {
    if (this.has(host)) return
    const { gates, name } = this.#run.cluster
    this.#hosts.add(host) // before closing it, so that a half-closed slave is opened too
    try {
      await gates.close(host)
    } catch (error) {
      throw new StuckError(`${name(host)} cannot be kept from new tasks: ${message(error)}`)
    }
  }
  /** @returns the slaves that could not be opened again, and why */
  async open(): Promise<readonly string[]> {
    const ends = await Promise.allSettled(
      [...this.#hosts].map(async (host) => {
        await this.#run.cluster.gates.open(host)
        this.#hosts.delete(host)
      }),
    )
    return ends.flatMap((end) => (end.status === 'rejected' ? [message(end.reason)] : []))
  }
}

/** Polls the app until `enough` holds. @throws StuckError after the deadline, LeftError if the run is stopped */
async function until(run: Run, id: string, what: string, enough: (look: Look) => boolean): Promise<Look> {
  const isLast = timeLimit(run.deadline, run.cluster.now)
  let said = ''
  for (;;) {
    const last = isLast()
    const seen = await still(run, id)
    if (enough(seen)) return seen
    const { waits } = waitsFor(id, seen.queue) ?? {}
    const text = `${what}${waits ? ` (${waits})` : ''}`
    if (last) throw new StuckError(`waited ${run.deadline / 1000} s for ${text}`)
    if (text !== said) run.emit({ event: 'waiting', for: text })
    said = text
    await pause(run, run.signal)
  }
}

/** Kills a task and lowers the number of instances by one. Does nothing if the task has already gone. */
async function end(run: Run, app: MarathonApp, task: string, carried: Carried): Promise<void> {
  for (;;) {
    try {
      return await run.cluster.marathon.changes(carried).killAndScale([task], app)
    } catch (error) {
      if (!(error instanceof MarathonAwayError)) throw error
      await pause(run)
      const seen = await still(run, app.id)
      if (!seen.app.tasks.some((each) => each.id === task && isPlaced(each))) return
    }
  }
}

/** The tasks that have started since `before`. */
const since = (before: MarathonApp, { tasks }: MarathonApp): readonly MarathonTask[] => {
  const known = new Set(before.tasks.map(({ id }) => id))
  return tasks.filter((task) => !known.has(task.id) && isPlaced(task))
}

/** Is the app unchanged, except for the one extra task? */
const isOurs = (before: MarathonApp, app: MarathonApp): boolean =>
  app.instances === before.instances + 1 && app.configVersion === before.configVersion

/**
 * Removes the extra task. If it is still waiting for a slave, lets it start first: lowering the number before would
 * kill a task that serves. Keeps whatever somebody else has changed meanwhile.
 */
async function takeBack(run: Run, before: MarathonApp, closed: Closed): Promise<void> {
  const { id, instances } = before
  const isLast = timeLimit(TAKE_BACK, run.cluster.now)
  try {
    await closed.open()
    for (;;) {
      const last = isLast()
      const { app } = await still(run, id)
      if (!isOurs(before, app)) return
      const [extra] = since(before, app)
      if (extra !== undefined) return await end(run, app, extra.id, NONE_IS_MISSED)
      if (last) break
      await pause(run)
    }
  } catch (error) {
    throw new StuckError(`${sentence(message(error))} It may have one task too many (${instances + 1})`)
  }
  throw new StuckError(
    `No slave has room for its additional task, and a lower number would end one that serves: it has ${instances + 1} now, of which one waits`,
  )
}

/** Proof that the extra task gets requests. @throws StuckError if it does not */
async function whole(run: Run, { definition }: MarathonApp): Promise<Carried> {
  try {
    return await mustBeCarried(run, definition)
  } catch (error) {
    throw error instanceof RefusedError ? new StuckError(error.message) : error
  }
}

/** Starts one more task and, once it is healthy, kills one on the fullest slave. @returns whether that helped */
async function moveOne(run: Run, before: MarathonApp, counts: Counts, closed: Closed): Promise<boolean> {
  const { id, instances } = before
  try {
    await send(run, id, instances + 1, false, await whole(run, before))
    const { app } = await until(run, id, 'one more healthy task', (seen) => {
      if (!isOurs(before, seen.app)) throw new StuckError('somebody else has changed it meanwhile')
      return isDone(seen) && since(before, seen.app).length === 1
    })
    const [extra] = since(before, app)
    if (extra === undefined) return false
    const from = fullestFirst(counts).find((host) => isBetter(counts, host, extra.host))
    const goes = app.tasks.find((task) => task.host === from && isPlaced(task))
    await end(run, app, goes?.id ?? extra.id, await whole(run, app))
    if (goes === undefined) await closed.close(extra.host)
    else run.emit({ event: 'moved', from: run.cluster.name(goes.host), to: run.cluster.name(extra.host) })
    return goes !== undefined
  } catch (error) {
    await takeBack(run, before, closed)
    throw error
  }
}

/** Moves tasks for as long as a move helps. @returns how many were moved */
async function moveAll(run: Run, id: string, closed: Closed): Promise<number> {
  let [moved, vain] = [0, 0]
  for (;;) {
    const { app } = await until(run, id, 'all its tasks to be healthy', isDone)
    const agents = await slaves(run)
    const [shift] = shiftsOf(app, agents)
    if (shift === undefined) return moved
    if (vain > agents.length) throw new StuckError(`Marathon starts no task on ${run.cluster.name(shift.to)}`)
    await closed.close(shift.from)
    const useful = await moveOne(run, app, countsOf(app.tasks, agents), closed)
    moved += Number(useful)
    vain = useful ? 0 : vain + 1
  }
}

/** Balances an app, and opens all slaves again even if that fails. */
async function balance(run: Run, app: MarathonApp): Promise<Ended> {
  const { id, instances } = app
  const closed = new Closed(run)
  let ended: Ended
  try {
    await moveAll(run, id, closed)
    ended = { outcome: 'balanced', instances }
  } catch (error) {
    const locked = lockedWords(id, error)
    if (!(error instanceof StuckError || error instanceof LeftError || locked !== undefined)) {
      await closed.open()
      throw error
    }
    const isLeft = error instanceof LeftError
    const reason = isLeft ? `stopped as asked: it has its ${instances} tasks` : (locked ?? message(error))
    ended = { outcome: isLeft ? 'left' : 'failed', instances, reason }
  }
  const shut = await closed.open()
  if (shut.length === 0) return ended
  const reason = [...(ended.reason === undefined ? [] : [ended.reason]), ...shut].join('\n')
  return { outcome: 'failed', instances, reason }
}

/**
 * Moves an app's tasks from the slaves that have the most to those that have the fewest. It starts one more task and,
 * once that is healthy, kills one, until no slave has two tasks more than another that could take one.
 * @throws RefusedError, LeftError, MarathonAwayError, MarathonError
 * @param check only report what would be moved
 */
export async function balancing(run: Run, id: string, check: boolean, named: (names: Named) => void): Promise<Ended> {
  const seen = await firstLook(run, id)
  if (seen === undefined) throw new RefusedError(`there is no app ${id}`)
  const { app } = seen
  const { instances } = app
  const name = nameOf(app.definition, app.version)
  named({ from: name, to: name })
  run.emit({ event: 'begin', app: id, from: name, to: name, instances })
  if (staysPut(app.definition)) throw new RefusedError('its tasks keep their data on their slaves, and stay there')
  const shifts = shiftsOf(app, await slaves(run))
  tell(run, seen, shifts)
  if (shifts.length === 0) return { outcome: 'level', instances }
  if (check) return { outcome: 'uneven', instances }
  await awaitOtherDeployments(run, id)
  await mustBeCarried(run, app.definition)
  return balance(run, app)
}
