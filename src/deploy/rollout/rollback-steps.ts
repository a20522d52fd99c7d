import type { Definition, MarathonTask } from '../../clients/marathon-answers.ts'
import type { Look } from './progress.ts'
import {
  again,
  capacityOf,
  instancesOf,
  isAnswering,
  isWell,
  mesosChecks,
  type Situation,
  sameTasks,
  settleOf,
} from './situation.ts'

/** The goal of a rollback: a definition as Marathon stores it, and the wanted number of tasks. */
export interface Goal {
  readonly definition: Definition
  readonly instances: number
}

/** The next step of a rollback. */
export type RollbackStep =
  /**
   * Remove the new tasks: set the number of instances to that of all tasks, so that Marathon kills none of its own
   * choice, then kill exactly these.
   */
  | { readonly do: 'remove'; readonly raise: number | undefined; readonly ids: readonly string[] }
  /** Send the definition: Marathon replaces old tasks one by one. */
  | { readonly do: 'put'; readonly definition: Definition; readonly force: boolean }
  /** Lower the number of instances, which was raised so that nothing had to be killed. */
  | { readonly do: 'settle'; readonly instances: number }
  | { readonly do: 'wait'; readonly for: string }
  | { readonly do: 'done' }

/** How often new tasks are removed: if Marathon has replaced them this often, it will again. */
const MOST_REMOVALS = 4

/** How many instances to ask for so that Marathon has no surplus to kill, and may start one more than there are. */
function enough(now: Situation, { definition, instances }: Goal): number {
  const all = instancesOf(now)
  const most = Math.max(all, instances)
  const capacity = capacityOf(definition, most)
  // If all must stay healthy and none may be added, Marathon adds one itself.
  return capacity.most > all || capacity.least === capacity.most ? most : all + 1
}

/** Temporarily asks for more instances than wanted, so that Marathon kills nothing before a new task is healthy. */
function putMore(now: Situation, goal: Goal): RollbackStep {
  const most = enough(now, goal)
  return {
    do: 'put',
    definition: again(goal.definition, most, most > goal.instances ? goal.instances : undefined),
    force: true,
  }
}

/**
 * The new tasks that may be killed at once: those that do not answer; once as many answer as are wanted, also those
 * whose state is unknown and any surplus of those that answer.
 */
function removable({ app, now }: Pick<Look, 'app' | 'now'>, { instances }: Goal): readonly MarathonTask[] {
  const answering = (task: MarathonTask): boolean | undefined => isAnswering(task, app.definition)
  const spare = [...now.old, ...now.fresh].filter(answering).length - instances
  const unwell = now.fresh.filter((task) => !isWell(task, app.definition))
  const which = (answer: boolean | undefined): readonly MarathonTask[] =>
    unwell.filter((task) => answering(task) === answer)
  const unknown = spare >= 0 ? which(undefined) : []
  return [...which(false), ...unknown, ...which(true).slice(0, Math.max(0, spare)), ...now.dying, ...now.waiting]
}

/**
 * The next step from any state of the app, so that it does not matter which process died where. Pure.
 *
 * Marathon's own ways back kill healthy old tasks: its rollback, a plain PUT of the old definition and `{"version"}`
 * all count the new tasks, healthy or not, as capacity (measured on Marathon 1.11.26, docs/deploy.md). A change of
 * `instances` alone ignores versions, so one such change removes the new tasks that are not healthy ("H"), and then the
 * old definition is put. If some new tasks are healthy already, or answer, they serve: then the definition is put with
 * as many instances as there are tasks, which gives Marathon no surplus to kill, and the number is lowered at the end
 * ("R").
 * @param removals how often new tasks have been removed already; if they keep coming back, "R" is used
 */
export function rollbackStep(
  { app, now, scales }: Pick<Look, 'app' | 'now' | 'scales'>,
  goal: Goal,
  removals = 0,
): RollbackStep {
  const busy = app.deployments.length > 0
  if (sameTasks(app.definition, goal.definition)) {
    const settle = settleOf(app)
    const wanted = settle ?? app.instances
    const well = now.fresh.filter((task) => isWell(task, app.definition)).length
    if (busy) return { do: 'wait', for: `${well} of ${wanted} tasks to be healthy` }
    // No deployment replaces the old tasks any more. Marathon ignores an identical definition, so each attempt adds or
    // removes our label.
    if (now.old.length > 0)
      return {
        do: 'put',
        definition: again(goal.definition, wanted, settle === undefined ? wanted : undefined),
        force: false,
      }
    if (well < Math.min(wanted, app.instances)) return { do: 'wait', for: `${well} of ${wanted} tasks to be healthy` }
    if (settle !== undefined && settle < app.instances) return { do: 'settle', instances: settle }
    return now.leaving.length + now.dying.length > 0 ? { do: 'wait', for: 'the last tasks to end' } : { do: 'done' }
  }
  // A removal is under way. The tasks that it kills may still seem to run; counting them would kill healthy ones
  // instead.
  if (scales && instancesOf(now) > app.instances) return { do: 'wait', for: 'the tasks of the failed version to end' }
  const useless = removable({ app, now }, goal)
  if (useless.length > 0 && removals <= MOST_REMOVALS) {
    const all = instancesOf(now)
    return { do: 'remove', raise: all === app.instances ? undefined : all, ids: useless.map((task) => task.id) }
  }
  if (now.fresh.length + now.waiting.length > 0) return putMore(now, goal)
  // An instance that never started has no task to kill. Marathon removes it first if Mesos reports the others as
  // healthy; otherwise it picks any.
  if (now.queued > 0 && !mesosChecks(goal.definition)) return putMore(now, goal)
  if (now.queued > 0) return { do: 'put', definition: again(goal.definition, goal.instances), force: true }
  if (busy || now.leaving.length > 0) return { do: 'wait', for: 'the tasks of the failed version to end' }
  return { do: 'put', definition: again(goal.definition, goal.instances), force: false }
}
