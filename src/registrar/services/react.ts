import type { StreamEvent } from '../marathon/events.ts'
import { inState, type Registration, taskOf } from './registration.ts'
import { isOwn, isTerminal, type Neighbours, type Self } from './view.ts'

/** The relevant part of Marathon's `status_update_event`. */
export interface StatusUpdate {
  readonly taskId: string
  readonly taskStatus: string
  readonly slaveId: string
  readonly host: string
  readonly ports: readonly number[]
}

/** Parses an event's data; undefined if it is not about a task's status. */
export function statusUpdate(data: string): StatusUpdate | undefined {
  let value: Partial<StatusUpdate> | null
  try {
    value = JSON.parse(data)
  } catch {
    return undefined
  }
  if (typeof value?.taskId !== 'string' || typeof value.taskStatus !== 'string') return undefined
  const { taskId, taskStatus, slaveId = '', host = '', ports = [] } = value
  return { taskId, taskStatus, slaveId, host, ports: Array.isArray(ports) ? ports : [] }
}

/**
 * May an event change what this slave must register? Each look costs the leader work, and every slave gets every event.
 */
export function isRelevant({ event, data }: StreamEvent, self: Self, { apps, foreign }: Neighbours): boolean {
  if (event === 'event_stream_attached' || event === 'event_stream_detached') return false
  let value: Readonly<Record<string, unknown>>
  try {
    value = JSON.parse(data) ?? {}
  } catch {
    return true
  }
  const slaveId = value.slaveId ?? value.agentId
  if (typeof slaveId === 'string' && slaveId !== '') return isOwn(self, { slaveId, host: String(value.host ?? '') })
  return (
    !/health/.test(event) ||
    (apps.has(String(value.runSpecId ?? value.appId)) && !foreign.has(String(value.instanceId)))
  )
}

/** Is an event about a task on this slave? Events about other slaves' tasks arrive, too. */
export const concerns = (self: Self, owned: ReadonlyMap<string, Registration>, update: StatusUpdate): boolean =>
  isOwn(self, update) || [...owned.values()].some((each) => taskOf(each) === update.taskId)

/**
 * What an event requires at once, before asking Marathon: a task that is being killed becomes a backup before its
 * process gets the signal; a task that has ended is removed, and so is one whose port now belongs to another.
 */
export function react(
  { taskId, taskStatus, ports }: StatusUpdate,
  owned: ReadonlyMap<string, Registration>,
): { readonly deregister: readonly string[]; readonly register: readonly Registration[] } {
  const all = [...owned]
  const its = all.filter(([, each]) => taskOf(each) === taskId)
  if (isTerminal(taskStatus)) return { deregister: its.map(([id]) => id), register: [] }
  if (taskStatus === 'TASK_KILLING')
    return {
      deregister: [],
      register: its.filter(([, each]) => each.meta.state !== 'draining').map(([, each]) => inState(each, 'draining')),
    }
  const dispossessed =
    taskStatus === 'TASK_STARTING' || taskStatus === 'TASK_RUNNING'
      ? all.filter(([, each]) => taskOf(each) !== taskId && ports.includes(each.port))
      : []
  return { deregister: dispossessed.map(([id]) => id), register: [] }
}
