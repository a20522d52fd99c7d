import { zeros } from '../common/system-metrics.ts'
import { CALL_NAMES, EVENT_NAMES, OPERATIONS } from './metric-names.ts'
import { type Framework, rolesOf, type State } from './state.ts'
import { allTasks } from './state-views.ts'

/** What the metrics tell of one framework, also of one that is no more. */
export function frameworkMetrics(state: State, framework: Framework): Record<string, number> {
  const { id, info, stream } = framework
  const prefix = `master/frameworks/${encodeURIComponent(info.name)}/${id}/`
  const counted = (kind: string, names: readonly string[]) => {
    const each = names.map((n) => [n, state.counters.get(`${kind} ${id} ${n}`) ?? 0] as const)
    const own = Object.fromEntries(each.map(([n, value]) => [`${prefix}${kind}s/${n}`, value]))
    return { ...own, [`${prefix}${kind}s`]: each.reduce((a, [, value]) => a + value, 0) }
  }
  const its = allTasks(state).filter((t) => t.framework_id.value === id)
  const inState = (group: string, names: readonly string[]) =>
    Object.fromEntries(
      names.map((n) => [
        `${prefix}tasks/${group}/task_${n}`,
        its.filter((t) => t.state === `TASK_${n.toUpperCase()}`).length,
      ]),
    )
  return {
    ...counted('call', CALL_NAMES),
    ...counted('event', EVENT_NAMES),
    ...zeros(prefix, ['operations', ...[...OPERATIONS, 'launch', 'launch_group'].map((o) => `operations/${o}`)]),
    ...zeros(`${prefix}offers/`, ['accepted', 'declined', 'rescinded', 'sent']),
    ...zeros(
      `${prefix}roles/`,
      rolesOf(framework).map((r) => `${r}/suppressed`),
    ),
    [`${prefix}subscribed`]: stream ? 1 : 0,
    ...inState('active', ['killing', 'running', 'staging', 'starting', 'unknown', 'unreachable']),
    ...inState('terminal', ['dropped', 'error', 'failed', 'finished', 'gone', 'gone_by_operator', 'killed', 'lost']),
  }
}
