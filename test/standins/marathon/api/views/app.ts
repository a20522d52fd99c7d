import type { App } from '../../app/types.ts'
import { affected } from '../../core/deploy/types.ts'
import { instancesOf, type World } from '../../core/world.ts'
import { counts } from './counts.ts'
import { taskStats } from './stats.ts'
import { showTasks } from './task.ts'

export type Embed = 'tasks' | 'counts' | 'deployments' | 'readiness' | 'lastTaskFailure' | 'taskStats'

/** Embeds as asked for: `app.tasks` and `apps.tasks` are the same, others are ignored. */
export const embeds = (query: URLSearchParams, always: readonly Embed[]): ReadonlySet<Embed> =>
  new Set([...always, ...query.getAll('embed').flatMap((name) => /^apps?\.(\w+)$/.exec(name)?.[1] ?? [])] as Embed[])

/** An app with what is asked for beside its definition. */
export const showApp = (world: World, app: App, embed: ReadonlySet<Embed>, now: number) => {
  const instances = instancesOf(world, app.id)
  const { staged, running, healthy, unhealthy } = counts(world, instances)
  const deployments = Object.values(world.deployments).filter(({ plan }) => affected(plan).includes(app.id))
  const ready = instances.flatMap((i) => world.ready[i.id]?.result ?? [])
  return {
    ...app,
    ...(embed.has('counts') && {
      tasksStaged: staged,
      tasksRunning: running,
      tasksHealthy: healthy,
      tasksUnhealthy: unhealthy,
    }),
    ...(embed.has('deployments') && { deployments: deployments.map(({ plan }) => ({ id: plan.id })) }),
    ...(embed.has('readiness') && { readinessCheckResults: ready }),
    ...(embed.has('tasks') && { tasks: showTasks(world, instances) }),
    ...(embed.has('lastTaskFailure') && world.failures[app.id] && { lastTaskFailure: world.failures[app.id] }),
    ...(embed.has('taskStats') && { tasksStats: taskStats(world, app, instances, now) }),
  }
}
