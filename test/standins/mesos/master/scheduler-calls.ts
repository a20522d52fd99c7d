import type { FrameworkInfo, Id, KillPolicy, TaskInfo } from '../common/proto.ts'
import { accept } from './accept.ts'
import { drainedIfEmpty } from './drain-state.ts'
import { removeFramework } from './frameworks.ts'
import { allocate, filter, withdraw } from './offers.ts'
import { reconcile, reconcileOne } from './reconcile.ts'
import { type Framework, rolesOf, type State, taskKey } from './state.ts'
import { acknowledge } from './tasks.ts'

/** A scheduler's call, as far as it is looked into. */
export interface Call {
  readonly type: string
  readonly framework_id?: Id
  readonly subscribe?: { readonly framework_info: FrameworkInfo; readonly force?: boolean }
  readonly accept?: {
    readonly offer_ids: readonly Id[]
    readonly operations?: readonly {
      readonly type: string
      readonly launch?: { readonly task_infos: readonly TaskInfo[] }
    }[]
    readonly filters?: { readonly refuse_seconds?: number }
  }
  readonly decline?: { readonly offer_ids: readonly Id[]; readonly filters?: { readonly refuse_seconds?: number } }
  readonly kill?: { readonly task_id: Id; readonly agent_id?: Id; readonly kill_policy?: KillPolicy }
  readonly acknowledge?: { readonly agent_id: Id; readonly task_id: Id; readonly uuid: string }
  readonly reconcile?: { readonly tasks?: readonly { readonly task_id: Id; readonly agent_id?: Id }[] }
  readonly revive?: { readonly roles?: readonly string[] }
  readonly suppress?: { readonly roles?: readonly string[] }
}

/**
 * What each call does. Those that these stand-ins have no use for (messages, requests, inverse offers, operations) are
 * taken and forgotten.
 */
export const CALLS: Readonly<Record<string, (state: State, framework: Framework, call: Call) => void>> = {
  ACCEPT: accept,
  DECLINE: decline,
  KILL: kill,
  RECONCILE: (state, framework, call) => reconcile(state, framework, call.reconcile?.tasks ?? []),
  REVIVE: revive,
  SUPPRESS: (_, framework, call) => {
    for (const role of call.suppress?.roles ?? rolesOf(framework)) framework.suppressed.add(role)
  },
  TEARDOWN: (state, framework) => removeFramework(state, framework),
  ACKNOWLEDGE: (state, framework, call) => {
    if (!call.acknowledge) return
    const { agent_id, task_id, uuid } = call.acknowledge
    acknowledge(state, framework, agent_id.value, task_id.value, uuid)
    const agent = state.agents.get(agent_id.value)
    if (agent) drainedIfEmpty(state, agent)
  },
  ACCEPT_INVERSE_OFFERS: () => undefined,
  ACKNOWLEDGE_OPERATION_STATUS: () => undefined,
  DECLINE_INVERSE_OFFERS: () => undefined,
  MESSAGE: () => undefined,
  RECONCILE_OPERATIONS: () => undefined,
  REQUEST: () => undefined,
  SHUTDOWN: () => undefined,
  UPDATE_FRAMEWORK: () => undefined,
}

function decline(state: State, framework: Framework, { decline: its }: Call): void {
  for (const { value } of its?.offer_ids ?? []) {
    const offer = state.offers.get(value)
    if (!offer || offer.framework !== framework.id) continue
    withdraw(state, offer)
    filter(framework, offer.agent, offer.resources, its?.filters?.refuse_seconds)
  }
}

function revive(state: State, framework: Framework, { revive: its }: Call): void {
  framework.filters = []
  for (const role of its?.roles ?? rolesOf(framework)) framework.suppressed.delete(role)
  allocate(state)
}

function kill(state: State, framework: Framework, { kill: its }: Call): void {
  if (!its) return
  const task = state.tasks.get(taskKey(framework.id, its.task_id.value))
  if (!task) {
    reconcileOne(state, framework, its.task_id.value, its.agent_id?.value)
    return
  }
  const link = state.agents.get(task.agent_id.value)?.link
  link?.send({
    type: 'kill',
    framework: framework.id,
    task: its.task_id.value,
    ...(its.kill_policy && { policy: its.kill_policy }),
  })
}
