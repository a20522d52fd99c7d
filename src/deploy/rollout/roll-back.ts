import { type Carried, NONE_IS_MISSED } from '../../balancing/chain.ts'
import { MarathonAwayError } from '../../clients/marathon.ts'
import { endsTooMany, type HandStep, handStep, mayEndAll, servingOf, takeHandStep } from '../by-hand.ts'
import { broken, carriedNow, halt } from '../chain.ts'
import { startsAnew } from '../never-started.ts'
import { reporter } from './follow.ts'
import { isDone, type Look, noProgress } from './progress.ts'
import { type Goal, type RollbackStep, rollbackStep } from './rollback-steps.ts'
import { LeftError, look, type Prober, pause, type Run } from './run.ts'
import { isWell, sameTasks } from './situation.ts'

/** How a rollback ended. */
export interface RolledBack {
  readonly done: boolean
  readonly healthy: number
  readonly of: number
  /** Why the rollback has not succeeded. */
  readonly reason?: string
}

/** A rollback from one version to another. */
export interface Rollback {
  readonly id: string
  /**
   * The version whose tasks are removed. If the app has neither this version nor the goal's, somebody else is changing
   * it.
   */
  readonly failed: string
  readonly goal: Goal
  /** The goal's name. */
  readonly name: string
  readonly prober: Prober
  /** The HAProxies send nothing to tasks of the failed version, even if Marathon calls them healthy. */
  readonly unserved?: boolean
}

/** A look in which tasks that get no requests count as not answering. */
function asRequestsMeet(seen: Look): Look {
  const others = { mesos: false, app: false, haproxy: false }
  return { ...seen, now: { ...seen.now, fresh: seen.now.fresh.map((task) => ({ ...task, healthy: false, others })) } }
}

/** How far a rollback has got. If this does not change for too long, the rollback gives up. */
const reachedIn = ({ app, now }: Look, healthy: number): string =>
  `${app.version} ${healthy} ${now.old.length} ${now.fresh.length} ${now.leaving.length + now.dying.length} ${now.waiting.length}`

/** Proof that tasks which the step starts will get requests; `undefined` if they will not at the moment. */
const wordFor = (
  run: Run,
  step: RollbackStep | HandStep,
  { goal }: Rollback,
): Promise<Carried | undefined> | Carried =>
  step.do === 'wait' || step.do === 'remove' ? NONE_IS_MISSED : carriedNow(run, goal.definition)

/** The next step. `halted`: Marathon does not carry out the goal any more. */
function nextStep(seen: Look, goal: Goal, removals: number, halted: boolean): RollbackStep | HandStep {
  if (!halted) return rollbackStep(seen, goal, removals)
  const waits = isDone(seen) ? undefined : `${goal.instances} tasks to be healthy`
  return handStep(seen, goal.instances) ?? (waits === undefined ? { do: 'done' } : { do: 'wait', for: waits })
}

/**
 * Does Marathon replace tasks that it must not: more than it may, or by ones that would get no requests? Or could a new
 * leader end all?
 * @param had how many tasks served before
 */
async function mustHalt(run: Run, seen: Look, { definition, instances }: Goal, had: number): Promise<boolean> {
  if (mayEndAll(seen, instances) || endsTooMany(seen, had, instances)) return true
  return seen.app.deployments.length > 0 && seen.now.old.length > 0 && (await broken(run, definition)).length > 0
}

/** The wait while new tasks would get no requests; running tasks continue. */
const UNCARRIED: RollbackStep = { do: 'wait', for: 'registrar and consul-template to be healthy on every slave' }

/** Takes one step of a rollback. @throws LeftError if only waiting is left and the run was told to stop */
async function takeStep(
  run: Run,
  { id, name }: Rollback,
  step: RollbackStep | HandStep,
  seen: Look,
  onGoal: boolean,
  carried: Carried,
): Promise<void> {
  const { instances } = seen.app
  const marathon = run.cluster.marathon.changes(carried)
  const say = (says: string): void => run.emit({ event: 'back', says })
  switch (step.do) {
    case 'remove':
      say(`ends the ${step.ids.length} ${step.ids.length === 1 ? 'task' : 'tasks'} of the failed version and no others`)
      if (step.raise !== undefined) await marathon.scale(id, step.raise, { force: true })
      // In one request: between two, Marathon would restart the killed tasks, of the failed version.
      await marathon.killAndScale(step.ids, { id, instances: step.raise ?? instances })
      break
    case 'put':
      say(onGoal ? `${name} goes on` : `${name} comes in again, task by task`)
      await marathon.put(id, step.definition, { force: step.force })
      break
    case 'settle':
      say(`lowers the number of tasks to ${step.instances} again`)
      await marathon.scale(id, step.instances)
      break
    case 'end':
    case 'scale':
      await takeHandStep(run, id, seen, step, carried)
      break
    default:
      if (run.signal.aborted && (onGoal || step === UNCARRIED)) throw new LeftError('stopped as asked')
  }
}

/**
 * Rolls an app back to a version from any state: looks, takes the next step, and looks again. An interrupted rollback
 * therefore continues where it stopped.
 * @throws LeftError, MarathonAwayError, MarathonError
 */
export async function rollBack(run: Run, rollback: Rollback): Promise<RolledBack> {
  const { id, failed, goal, prober, unserved = false } = rollback
  const report = reporter(run, 'back')
  const startAnew = startsAnew(run)
  const givenUp = (reason: string, healthy = 0): RolledBack => ({ done: false, healthy, of: goal.instances, reason })
  let progress = noProgress(run.cluster.now())
  let removals = 0
  let halted = false
  let had = 0
  for (;;) {
    const seen = await look(run, id)
    if (seen === undefined) return givenUp(`${id} was removed meanwhile`)
    const { app, now } = seen
    const onGoal = sameTasks(app.definition, goal.definition)
    if (app.configVersion !== failed && !onGoal) return givenUp(`${id} has meanwhile been changed by somebody else`)
    report(seen)
    await startAnew(seen)
    const healthy = [...now.old, ...now.fresh].filter((task) => isWell(task, app.definition)).length
    const reached = reachedIn(seen, healthy)
    progress = reached === progress.reached ? progress : { ...progress, reached, since: seen.at }
    const useless = unserved && app.configVersion === failed && !onGoal
    if (onGoal && !halted && (await mustHalt(run, seen, goal, had))) {
      await halt(run, id)
      halted = true
      await pause(run)
      continue
    }
    had = Math.max(had, servingOf(seen).length)
    const next = nextStep(useless ? asRequestsMeet(seen) : seen, goal, removals, halted)
    if (next.do === 'done') return { done: true, healthy, of: app.instances }
    const carried = await wordFor(run, next, rollback)
    const step = carried === undefined ? UNCARRIED : next
    if (seen.at - progress.since >= run.deadline) {
      const waited = step.do === 'wait' ? `, while it waited for ${step.for}` : ''
      return givenUp(`nothing has changed for ${run.deadline / 1000} s${waited}`, healthy)
    }
    try {
      await takeStep(run, rollback, step, seen, onGoal, carried ?? NONE_IS_MISSED)
      if (step.do === 'remove') removals += 1
    } catch (error) {
      // Marathon may have accepted the change. The next look shows what is left to do.
      if (!(error instanceof MarathonAwayError)) throw error
    }
    await prober.ask()
    await pause(run)
  }
}
