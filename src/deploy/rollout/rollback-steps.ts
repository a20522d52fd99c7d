import type { Definition, MarathonTask } from '../../clients/marathon-answers.ts'
import { object } from '../../lib/json.ts'
import type { Look } from './progress.ts'
import {
  again,
  instancesOf,
  isAnswering,
  isWell,
  mesosChecks,
  type Situation,
  sameTasks,
  settleOf,
} from './situation.ts'

/** The goal of a rollback: a definition as Marathon stores it, and how many tasks it should have. */
export interface Goal {
  readonly definition: Definition
  readonly instances: number
}

/** The next step of a rollback. */
export type RollbackStep =
  /**
   * Take the new tasks out: make the number of instances that of all tasks, so that Marathon has nothing to kill of its
   * own choice, then end exactly these.
   */
  | { readonly do: 'remove'; readonly raise: number | undefined; readonly ids: readonly string[] }
  /** Send the definition: old tasks are replaced one by one. */
  | { readonly do: 'put'; readonly definition: Definition; readonly force: boolean }
  /** More ran than wanted, so that nothing had to be killed: now there are enough. */
  | { readonly do: 'settle'; readonly instances: number }
  | { readonly do: 'wait'; readonly for: string }
  | { readonly do: 'done' }

/** Tasks that were ended and replaced by the like so often will be again. */
const MOST_REMOVALS = 4

/** A share of an app's instances; Marathon's default is all of them. */
const share = (value: unknown): number => (typeof value === 'number' ? value : 1)

/** How many instances to ask for so that Marathon has no surplus to kill, and may start one more than there are. */
function enough(now: Situation, { definition, instances }: Goal): number {
  const all = instancesOf(now)
  const most = Math.max(all, instances)
  const { minimumHealthCapacity, maximumOverCapacity } = object(definition.upgradeStrategy)
  const [least, over] = [share(minimumHealthCapacity), share(maximumOverCapacity)]
  const capacity = Math.floor(most * (1 + over) + 1e-9)
  // Where all of them must stay healthy and none may be added, it adds one of itself.
  return capacity > all || Math.ceil(most * least - 1e-9) === capacity ? most : all + 1
}

/** More instances than wanted for a while: nothing is killed before something new is healthy. */
function putMore(now: Situation, goal: Goal): RollbackStep {
  const most = enough(now, goal)
  return {
    do: 'put',
    definition: again(goal.definition, most, most > goal.instances ? goal.instances : undefined),
    force: true,
  }
}

/**
 * The new tasks that may be ended at once: those that do not answer; where so many answer as are wanted, those of which
 * nobody knows; and of those that answer what there is beyond that number.
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
 * The next step from wherever the app is, so that it does not matter who died where. Pure.
 *
 * Marathon's own ways back kill healthy old tasks: its rollback, a plain PUT of the old definition and `{"version"}`
 * all count the new tasks, healthy or not, as capacity (measured on Marathon 1.11.26, docs/deploy.md). A change of
 * `instances` alone ignores versions, so the new tasks that are not well are taken out by one ("H"), and then the old
 * definition is put. Where some new tasks are healthy already, or answer, they serve: then it is put with as many
 * instances as there are tasks, which gives Marathon no surplus to kill, and the number is lowered in the end ("R").
 * @param removals how often new tasks were taken out already; where they come back again and again, "R" it is
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
    // Nobody replaces them any more. What says nothing new is no change to Marathon: our label comes or goes with each
    // try.
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
  // A removal is under way: the tasks that it ends may still look as if they ran, and were they counted, healthy ones
  // would be killed for them.
  if (scales && instancesOf(now) > app.instances) return { do: 'wait', for: 'the tasks of the failed version to end' }
  const useless = removable({ app, now }, goal)
  if (useless.length > 0 && removals <= MOST_REMOVALS) {
    const all = instancesOf(now)
    return { do: 'remove', raise: all === app.instances ? undefined : all, ids: useless.map((task) => task.id) }
  }
  if (now.fresh.length + now.waiting.length > 0) return putMore(now, goal)
  // What was never started has no task to be ended. Marathon ends it before others where Mesos tells it that those are
  // healthy; else it takes any.
  if (now.queued > 0 && !mesosChecks(goal.definition)) return putMore(now, goal)
  if (now.queued > 0) return { do: 'put', definition: again(goal.definition, goal.instances), force: true }
  if (busy || now.leaving.length > 0) return { do: 'wait', for: 'the tasks of the failed version to end' }
  return { do: 'put', definition: again(goal.definition, goal.instances), force: false }
}
