import { nanoseconds } from '../common/numbers.ts'
import { flat, listed } from '../common/resource-views.ts'
import { sum } from '../common/resources.ts'
import { taskView } from '../common/task-views.ts'
import { type Framework, hasCapability, rolesOf, type State } from './state.ts'
import { offered, usedBy, usedByRole } from './usage.ts'

const tasksOf = (state: State, framework: Framework) =>
  [...state.tasks.values()].filter((t) => t.framework_id.value === framework.id)

const roles = (framework: Framework): object =>
  hasCapability(framework.info, 'MULTI_ROLE') ? { roles: rolesOf(framework) } : { role: framework.info.role ?? '*' }

/** What `/state-summary` shows of a framework, and others begin with. */
export const briefFramework = (state: State, framework: Framework): object => ({
  id: framework.id,
  name: framework.info.name,
  used_resources: flat(usedBy(state, framework.id)),
  offered_resources: flat(offered(state, { framework: framework.id })),
  capabilities: (framework.info.capabilities ?? []).map((c) => c.type),
  hostname: framework.info.hostname ?? '',
  webui_url: framework.info.webui_url ?? '',
  active: framework.active,
  connected: framework.stream !== undefined,
  recovered: framework.recovered,
})

/** A framework as `/state` and `/frameworks` show it. */
export const frameworkView = (state: State, framework: Framework): object => ({
  ...briefFramework(state, framework),
  user: framework.info.user,
  failover_timeout: framework.info.failover_timeout ?? 0,
  checkpoint: framework.info.checkpoint ?? false,
  registered_time: framework.registered,
  unregistered_time: framework.unregistered ?? 0,
  ...(framework.info.principal !== undefined && { principal: framework.info.principal }),
  ...(framework.reregistered - framework.registered > 0.1 && { reregistered_time: framework.reregistered }),
  resources: flat(sum([usedBy(state, framework.id), offered(state, { framework: framework.id })])),
  ...roles(framework),
  tasks: tasksOf(state, framework).map(taskView),
  unreachable_tasks: framework.unreachable.map(taskView),
  completed_tasks: framework.completed.map(taskView),
  offers: [...state.offers.values()]
    .filter((o) => o.framework === framework.id)
    .map((o) => ({
      id: o.id,
      framework_id: o.framework,
      allocation_info: { role: o.role },
      slave_id: o.agent,
      resources: flat(o.resources),
    })),
  executors: [],
  offer_constraints: {},
})

/** A framework as v1 shows it. */
export function frameworkV1(state: State, framework: Framework): object {
  const used = [...usedByRole(state, (t) => t.framework_id.value === framework.id)].flatMap(([role, amounts]) =>
    listed(amounts, { role: '*', allocation_info: { role } }),
  )
  return {
    framework_info: framework.info,
    active: framework.active,
    connected: framework.stream !== undefined,
    recovered: framework.recovered,
    registered_time: nanoseconds(framework.registered),
    reregistered_time: nanoseconds(framework.reregistered),
    ...(framework.unregistered !== undefined && { unregistered_time: nanoseconds(framework.unregistered) }),
    ...(used.length > 0 && { allocated_resources: used }),
    offer_constraints: {},
  }
}
