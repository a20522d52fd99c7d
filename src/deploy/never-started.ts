import { NONE_IS_MISSED } from '../balancing/chain.ts'
import type { Look } from './rollout/progress.ts'
import type { Run } from './rollout/run.ts'
import { incarnation } from './rollout/situation.ts'

/** How many milliseconds a task may be starting without Mesos knowing it, before it counts as lost. */
const LOST = 60_000

/**
 * Marathon takes five minutes to give up a task whose launch was lost because its leader died at that moment, and its
 * deployment waits for that. The returned function takes every look, and makes Marathon start such a task again. It
 * never touches running tasks. It returns how often each instance was started again.
 */
export function startsAnew(run: Run): (look: Look) => Promise<ReadonlyMap<string, number>> {
  const since = new Map<string, number>()
  const again = new Map<string, number>()
  return async ({ app, at }) => {
    for (const task of app.tasks.filter(({ state }) => state === 'TASK_STAGING')) {
      const first = since.get(task.id) ?? at
      since.set(task.id, first)
      if (at - first < LOST || !(await run.cluster.lost(task))) continue
      since.delete(task.id)
      run.emit({
        event: 'resuming',
        says: `Mesos does not know ${task.id}, which Marathon waits for: it is started again`,
      })
      const changes = run.cluster.marathon.changes(NONE_IS_MISSED)
      await changes.kill([task.id]).catch(() => undefined) // the next look shows whether it worked
      const { instance } = incarnation(task.id)
      again.set(instance, (again.get(instance) ?? 0) + 1)
    }
    return again
  }
}
