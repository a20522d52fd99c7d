import { sum } from '../common/resources.ts'
import { merged, spread, zeros } from '../common/system-metrics.ts'
import { rolesOf, type State } from './state.ts'
import { offered, totalOf, usedBy } from './usage.ts'

/** What the metrics tell of who gets what: sums are right, times are not measured. */
export function allocatorMetrics(state: State): Record<string, number> {
  const all = totalOf(state).scalars
  const taken = sum([...[...state.frameworks.keys()].map((id) => usedBy(state, id)), offered(state, {})]).scalars
  const roles = [...new Set([...state.frameworks.values()].flatMap(rolesOf))]
  const quotas = roles.length > 0 ? [...roles, ''] : []
  return {
    ...zeros('allocator/', ['event_queue_dispatches', 'mesos/event_queue_dispatches', 'mesos/allocation_runs']),
    ...spread('allocator/mesos/allocation_run_latency_ms', 0),
    ...spread('allocator/mesos/allocation_run_ms', 0),
    ...merged([
      ...['cpus', 'disk', 'mem'].map((n) => ({
        [`allocator/mesos/resources/${n}/total`]: all[n] ?? 0,
        [`allocator/mesos/resources/${n}/offered_or_allocated`]: taken[n] ?? 0,
      })),
      ...roles.map((r) => zeros('allocator/mesos/', [`offer_filters/roles/${r}/active`, `roles/${r}/shares/dominant`])),
      ...quotas.map((r) => zeros(`allocator/mesos/quota/roles/${r}/resources/`, ['cpus/consumed', 'mem/consumed'])),
    ]),
  }
}
