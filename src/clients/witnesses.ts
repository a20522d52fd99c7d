import type { Others, Witnesses } from '../model/task-health.ts'
import type { Definition, MarathonApp, MarathonTask } from './marathon-answers.ts'

/** How many milliseconds an answer about a task remains valid: looks are a second apart. */
const FRESH = 3000

/** Does the app have a health check? Without one, a running task is healthy. */
export const isChecked = ({ healthChecks }: Definition): boolean =>
  Array.isArray(healthChecks) && healthChecks.length > 0

/** Everything that is known about the health of a task. */
export const saidOf = ({ state, healthy, others }: MarathonTask, definition: Definition): Witnesses => ({
  running: state === 'TASK_RUNNING',
  checked: isChecked(definition),
  marathon: healthy,
  ...others,
})

/**
 * An app with what other sources know about tasks that Marathon does not call healthy: Marathon may have forgotten it.
 */
export async function withOthers(app: MarathonApp, ask: Ask): Promise<MarathonApp> {
  const doubtful = ({ state, healthy }: MarathonTask): boolean =>
    state === 'TASK_RUNNING' && isChecked(app.definition) && healthy !== true
  const tasks = app.tasks.map(async (task) => (doubtful(task) ? { ...task, others: await ask(app, task) } : task))
  return { ...app, tasks: await Promise.all(tasks) }
}

/** Asks the other sources about a task's health. Never throws. */
export type Ask = (app: MarathonApp, task: MarathonTask) => Promise<Others>

/**
 * Sources that may know a task's health when Marathon does not. Each throws, or returns `undefined`, if it does not
 * know.
 */
export interface Knowing {
  mesos(task: MarathonTask): Promise<boolean | undefined>
  app(task: MarathonTask, app: MarathonApp): Promise<boolean | undefined>
  haproxy?(task: MarathonTask, app: MarathonApp): Promise<boolean | undefined>
  now(): number
}

/** Asks all sources about a task, and caches their answers for a moment. */
export function witnesses(knowing: Knowing): Ask {
  const said = new Map<string, { readonly at: number; readonly others: Promise<Others> }>()
  const quietly = async (word: Promise<boolean | undefined> | undefined): Promise<boolean | undefined> =>
    word?.catch(() => undefined)
  async function ask(app: MarathonApp, task: MarathonTask): Promise<Others> {
    const [mesos, own, haproxy] = await Promise.all([
      quietly(knowing.mesos(task)),
      quietly(knowing.app(task, app)),
      quietly(knowing.haproxy?.(task, app)),
    ])
    return {
      ...(mesos === undefined ? {} : { mesos }),
      ...(own === undefined ? {} : { app: own }),
      ...(haproxy === undefined ? {} : { haproxy }),
    }
  }
  return (app, task) => {
    const known = said.get(task.id)
    if (known !== undefined && knowing.now() - known.at < FRESH) return known.others
    const others = ask(app, task)
    said.set(task.id, { at: knowing.now(), others })
    return others
  }
}
