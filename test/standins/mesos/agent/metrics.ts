import { amountsOf, sum } from '../common/resources.ts'
import { merged, spread, systemMetrics, zeros } from '../common/system-metrics.ts'
import { frameworkOf } from './run.ts'
import type { State } from './state.ts'
import { takenBy } from './views.ts'

const PLAIN = `
container_launch_errors executors_preempted executors_registering executors_terminating invalid_framework_messages invalid_status_updates
recovery_errors valid_framework_messages valid_status_updates
`.trim()

const OTHERS = `
containerizer/fetcher/cache_size_used_bytes containerizer/fetcher/task_fetches_failed containerizer/fetcher/task_fetches_succeeded
containerizer/mesos/container_destroy_errors containerizer/mesos/provisioner/bind/remove_rootfs_errors containerizer/mesos/provisioner/remove_container_errors
gc/path_removals_failed gc/path_removals_pending gc/path_removals_succeeded resource_provider_manager/events/disconnect
resource_provider_manager/events/subscribe resource_provider_manager/subscribed
`.trim()

const STATES = ['failed', 'finished', 'gone', 'killed', 'killing', 'lost', 'running', 'staging', 'starting']

/** What `/metrics/snapshot` says. `slave/registered` only means that a master is known: a real agent's trap. */
export function metrics(state: State): Record<string, number> {
  const runs = [...state.runs.values()]
  const [all, used] = [amountsOf(state.info.resources).scalars, sum(runs.map(takenBy)).scalars]
  const tasks = [...state.completed, ...runs].map((r) => r.task.state)
  const gcDelay = (state.flags.ms('gc_delay') ?? 0) / 1000
  const everything: Record<string, number> = {
    ...zeros('slave/', PLAIN.split(/\s+/)),
    ...zeros('', OTHERS.split(/\s+/)),
    ...(state.pulls.length > 0 &&
      spread('containerizer/docker/image_pull_ms', state.pulls.at(-1) ?? 0, state.pulls.length)),
    'containerizer/fetcher/cache_size_total_bytes': 2 * 1024 ** 3,
    ...merged(
      ['cpus', 'disk', 'gpus', 'mem'].map((n) => ({
        [`slave/${n}_total`]: all[n] ?? 0,
        [`slave/${n}_used`]: used[n] ?? 0,
        [`slave/${n}_percent`]: all[n] ? (used[n] ?? 0) / all[n] : 0,
        ...zeros(`slave/${n}_revocable_`, ['percent', 'total', 'used']),
      })),
    ),
    ...Object.fromEntries(
      STATES.map((s) => [`slave/tasks_${s}`, tasks.filter((t) => t === `TASK_${s.toUpperCase()}`).length]),
    ),
    'slave/executors_running': runs.filter((r) => r.link).length,
    'slave/executors_terminated': state.completed.length,
    'slave/executor_directory_max_allowed_age_secs': gcDelay,
    'slave/frameworks_active': new Set(runs.map(frameworkOf)).size,
    ...(state.recovered && { 'slave/recovery_time_secs': state.recoverySeconds }),
    'slave/registered': state.recovered && state.master ? 1 : 0,
    'slave/uptime_secs': Date.now() / 1000 - state.startTime,
    ...systemMetrics(),
  }
  return Object.fromEntries(Object.entries(everything).sort(([a], [b]) => (a < b ? -1 : 1)))
}
