import { sum } from '../common/resources.ts'
import { merged, spread, systemMetrics, zeros } from '../common/system-metrics.ts'
import { allocatorMetrics } from './allocator-metrics.ts'
import { frameworkMetrics } from './framework-metrics.ts'
import { OPERATION_STATES, OPERATIONS, PLAIN_MASTER } from './metric-names.ts'
import { isActive, type State } from './state.ts'
import { allTasks } from './state-views.ts'
import { totalOf, usedOf } from './usage.ts'

/** What `/metrics/snapshot` says; `leading` and `replicas` come from the election. */
export function metrics(
  state: State,
  leading: boolean,
  replicas: { readonly size: number; readonly recovered: boolean },
): Record<string, number> {
  const agents = [...state.agents.values()]
  const frameworks = [...state.frameworks.values()]
  const connected = agents.filter((a) => a.link)
  const { registrar } = state
  const all: Record<string, number> = {
    ...allocatorMetrics(state),
    ...zeros('master/', PLAIN_MASTER),
    ...zeros('master/operations/', OPERATION_STATES),
    ...zeros(
      'master/operations/',
      OPERATIONS.flatMap((o) => OPERATION_STATES.map((s) => `${o}/${s}`)),
    ),
    ...resources(state),
    'master/elected': leading ? 1 : 0,
    'master/uptime_secs': Date.now() / 1000 - state.startTime,
    'master/slaves_active': connected.filter((a) => !a.deactivated).length,
    'master/slaves_inactive': agents.filter((a) => !isActive(a)).length,
    'master/slaves_connected': connected.length,
    'master/slaves_disconnected': agents.length - connected.length,
    'master/slaves_unreachable': registrar.registry.unreachable.length,
    'master/frameworks_active': frameworks.filter((f) => f.active).length,
    'master/frameworks_inactive': frameworks.filter((f) => !f.active).length,
    'master/frameworks_connected': frameworks.filter((f) => f.stream).length,
    'master/frameworks_disconnected': frameworks.filter((f) => !f.stream).length,
    'master/outstanding_offers': state.offers.size,
    'master/slave_registrations': state.counters.get('slave_registrations') ?? 0,
    'master/slave_reregistrations': state.counters.get('slave_reregistrations') ?? 0,
    'master/slave_removals': state.counters.get('slave_removals') ?? 0,
    'master/valid_status_updates': state.counters.get('status_updates') ?? 0,
    ...tasks(state),
    ...merged([...frameworks, ...state.completedFrameworks].map((f) => frameworkMetrics(state, f))),
    'registrar/log/ensemble_size': replicas.size,
    'registrar/log/recovered': replicas.recovered ? 1 : 0,
    'registrar/queued_operations': 0,
    ...(registrar.fetchMs !== undefined && {
      'registrar/state_fetch_ms': registrar.fetchMs,
      'registrar/registry_size_bytes': registrar.size,
    }),
    ...(registrar.storeMs !== undefined && spread('registrar/state_store_ms', registrar.storeMs)),
    ...systemMetrics(),
  }
  return Object.fromEntries(Object.entries(all).sort(([a], [b]) => (a < b ? -1 : 1)))
}

function resources(state: State): Record<string, number> {
  const [all, used] = [totalOf(state).scalars, sum([...state.agents.keys()].map((id) => usedOf(state, id))).scalars]
  return merged(
    ['cpus', 'disk', 'gpus', 'mem'].map((name) => ({
      [`master/${name}_total`]: all[name] ?? 0,
      [`master/${name}_used`]: used[name] ?? 0,
      [`master/${name}_percent`]: all[name] ? (used[name] ?? 0) / all[name] : 0,
      ...zeros(`master/${name}_revocable_`, ['percent', 'total', 'used']),
    })),
  )
}

/** Those that run are counted as they are now, those that ended in all. */
function tasks(state: State): Record<string, number> {
  const all = allTasks(state)
  const names = [
    'dropped',
    'error',
    'failed',
    'finished',
    'gone',
    'gone_by_operator',
    'killed',
    'killing',
    'lost',
    'running',
    'staging',
    'starting',
    'unreachable',
  ]
  const ended = [...state.counters]
    .map(([name, n]) => [/^SOURCE_(\w+) TASK_(\w+) REASON_(\w+)$/.exec(name), n] as const)
    .filter(([found]) => found)
    .map(([found, n]) => {
      const [, source, end, reason] = found as unknown as [string, string, string, string]
      return [
        `master/task_${end.toLowerCase()}/source_${source === 'AGENT' ? 'slave' : source.toLowerCase()}/reason_${reason.toLowerCase()}`,
        n,
      ]
    })
  return {
    ...Object.fromEntries(
      names.map((n) => [`master/tasks_${n}`, all.filter((t) => t.state === `TASK_${n.toUpperCase()}`).length]),
    ),
    ...Object.fromEntries(ended),
  }
}
