import { isDeepStrictEqual } from 'node:util'
import type { Definition, MarathonApp, MarathonTask, Queued } from '../../clients/marathon-answers.ts'
import { isChecked, saidOf } from '../../clients/witnesses.ts'
import { list, object } from '../../lib/json.ts'
import { answers, taskHealth } from '../../model/task-health.ts'

/** Labels of a definition that provision sets, not the user. */
const OURS = /^provision\./
/** The wanted number of instances after a rollback that had to run more for a while. */
const SETTLE = 'provision.instances'

/** States of a task that has a process, or is about to have one. */
const ALIVE = new Set(['TASK_RUNNING', 'TASK_STARTING', 'TASK_STAGING'])

/** The tasks of an app, sorted by their relation to its definition. */
export interface Situation {
  /** Alive, with another definition than the stored one. */
  readonly old: readonly MarathonTask[]
  /** Alive, with the stored definition. */
  readonly fresh: readonly MarathonTask[]
  /** Ended, and waiting to be restarted. Marathon does not say of which version; they serve nobody. */
  readonly waiting: readonly MarathonTask[]
  /**
   * Of the stored definition, and about to end. If a failed check ends them, not Marathon, they remain its instances
   * and are restarted.
   */
  readonly dying: readonly MarathonTask[]
  /** Of another definition, and about to end. */
  readonly leaving: readonly MarathonTask[]
  /** Instances that have never run: no agent had room for them. */
  readonly queued: number
}

/**
 * A definition without the number of instances and our own labels: the part that decides whether tasks must be
 * replaced.
 */
function essence(definition: Definition): unknown {
  const { instances: _, ...rest } = own(definition)
  return rest
}

/** Do two definitions, both as Marathon stores them, make the same tasks? */
export const sameTasks = (a: Definition, b: Definition): boolean => isDeepStrictEqual(essence(a), essence(b))

/** The user's part of a definition that Marathon has stored. */
export function own(definition: Definition): Definition {
  const labels = Object.entries(object(definition.labels))
  return { ...definition, labels: Object.fromEntries(labels.filter(([name]) => !OURS.test(name))) }
}

/**
 * A stored definition, to send again with that many instances.
 * @param settle how many instances it should have in the end
 */
export function again(definition: Definition, instances: number, settle?: number): Definition {
  const { labels, ...rest } = own(definition)
  return {
    ...rest,
    instances,
    labels: settle === undefined ? labels : { ...object(labels), [SETTLE]: String(settle) },
  }
}

/**
 * The number of instances that an unfinished rollback wants in the end; absent if there is no such rollback, or
 * somebody has scaled the app since.
 */
export function settleOf(app: MarathonApp): number | undefined {
  const settle = object(app.definition.labels)[SETTLE]
  return settle === undefined || app.version !== app.configVersion ? undefined : Number(settle)
}

// Not simply "newer than": Marathon's own rollback gives the old definition a version from the past.
const isFresh = (task: MarathonTask, app: MarathonApp): boolean =>
  task.version >= app.configVersion && task.version <= app.version

/** Sorts an app's tasks. Pure. */
export function situation(app: MarathonApp, queue: readonly Queued[]): Situation {
  const ending = app.tasks.filter((task) => task.state === 'TASK_KILLING')
  const alive = app.tasks.filter((task) => ALIVE.has(task.state) && task.version !== '')
  // Tasks on an unreachable agent are lost or come back: do not count them.
  const waiting = app.tasks.filter(
    (task) => task.version === '' && task.state !== 'TASK_KILLING' && task.state !== 'TASK_UNREACHABLE',
  )
  const count = queue.find((item) => item.app === app.id)?.count ?? 0
  return {
    old: alive.filter((task) => !isFresh(task, app)),
    fresh: alive.filter((task) => isFresh(task, app)),
    waiting,
    dying: ending.filter((task) => isFresh(task, app)),
    leaving: ending.filter((task) => !isFresh(task, app)),
    queued: Math.max(0, count - waiting.length),
  }
}

/**
 * All instances that Marathon may count as the app's. Counting one too many costs a start; one too few costs a healthy
 * task.
 */
export const instancesOf = ({ old, fresh, dying, waiting, queued }: Situation): number =>
  old.length + fresh.length + dying.length + waiting.length + queued

/** Does Mesos run all of the app's checks? Only their results tell Marathon which tasks to kill first. */
export const mesosChecks = (definition: Definition): boolean =>
  isChecked(definition) &&
  list(definition.healthChecks).every((check) => /^(MESOS_|COMMAND$)/.test(String(object(check).protocol ?? 'HTTP')))

/** A share of an app's instances; Marathon's default is all of them. */
const share = (value: unknown): number => (typeof value === 'number' ? value : 1)

/** How many of so many tasks must be healthy during a deployment, and how many there may be, by `upgradeStrategy`. */
export function capacityOf({ upgradeStrategy }: Definition, instances: number): { least: number; most: number } {
  const { minimumHealthCapacity, maximumOverCapacity } = object(upgradeStrategy)
  return {
    least: Math.ceil(instances * share(minimumHealthCapacity) - 1e-9),
    most: Math.floor(instances * (1 + share(maximumOverCapacity)) + 1e-9),
  }
}

/** Is a task of this definition healthy? */
export const isWell = (task: MarathonTask, definition: Definition): boolean =>
  taskHealth(saidOf(task, definition)) === 'healthy'

/** Is a task known to be unhealthy? */
export const isSick = (task: MarathonTask, definition: Definition): boolean =>
  taskHealth(saidOf(task, definition)) === 'unhealthy'

/** Does a task answer requests, healthy or not? `undefined` if that is unknown. */
export const isAnswering = (task: MarathonTask, definition: Definition): boolean | undefined =>
  answers(saidOf(task, definition))

/** The instance that a task belongs to, and how often it was started. */
export function incarnation(taskId: string): { readonly instance: string; readonly start: number } {
  const [, instance = taskId, start = '1'] = /^(.*?)(?:\._app)?\.(\d+)$/.exec(taskId) ?? []
  return { instance, start: Number(start) }
}
