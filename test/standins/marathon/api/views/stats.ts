import type { App } from '../../app/types.ts'
import type { Instance } from '../../core/instance.ts'
import type { World } from '../../core/world.ts'
import { counts } from './counts.ts'

const median = (sorted: readonly number[]): number => {
  const middle = Math.floor(sorted.length / 2)
  return sorted.length % 2 === 1
    ? (sorted[middle] as number)
    : ((sorted[middle - 1] as number) + (sorted[middle] as number)) / 2
}

const stats = (world: World, instances: readonly Instance[], now: number) => {
  const shown = instances.filter((i) => ['Provisioned', 'Staging', 'Starting', 'Running'].includes(i.condition))
  if (shown.length === 0) return undefined
  const times = shown.flatMap((i) =>
    i.condition === 'Running' && i.task?.started !== undefined ? [(now - i.task.started) / 1000] : [],
  )
  const sorted = times.sort((a, b) => a - b)
  const lifeTime = {
    averageSeconds: sorted.reduce((a, b) => a + b, 0) / sorted.length,
    medianSeconds: sorted.length ? median(sorted) : 0,
  }
  return { stats: { counts: counts(world, shown), ...(sorted.length > 0 && { lifeTime }) } }
}

/** Tasks by how new they are; groups without a task are left out. */
export const taskStats = (world: World, app: App, instances: readonly Instance[], now: number) => {
  const { lastScalingAt, lastConfigChangeAt } = app.versionInfo ?? {
    lastScalingAt: app.version,
    lastConfigChangeAt: app.version,
  }
  const groups = {
    startedAfterLastScaling: instances.filter((i) => i.version >= lastScalingAt),
    withLatestConfig: instances.filter((i) => i.version >= lastConfigChangeAt),
    withOutdatedConfig: instances.filter((i) => i.version < lastConfigChangeAt),
    totalSummary: instances,
  }
  return Object.fromEntries(
    Object.entries(groups).flatMap(([name, group]) =>
      stats(world, group, now) ? [[name, stats(world, group, now)]] : [],
    ),
  )
}
