import { randomBytes } from 'node:crypto'
import { now } from '../common/numbers.ts'
import { isTerminal, type TaskStatus } from '../common/proto.ts'
import { frameworkOf, idOf, type Run } from './run.ts'
import { keep, keyOf, type State } from './state.ts'

/** Milliseconds until what is not acknowledged is told again; doubled each time, up to ten minutes. */
const RETRY = 10_000
const MOST = 600_000

/** A state of a task that its executor tells, kept before the executor may forget it. */
export function fromExecutor(state: State, run: Run, told: TaskStatus): void {
  const address = [{ ip_addresses: [{ protocol: 'IPv4', ip_address: state.address.ip }] }]
  const status = told.container_status
    ? { ...told, container_status: { network_infos: address, ...told.container_status } }
    : told
  if (run.updates.some((u) => u.uuid === told.uuid)) run.link?.send({ type: 'acknowledge', uuid: told.uuid ?? '' })
  else take(state, run, { ...status, ...ordered(status) })
}

/** Names in the order in which Mesos gives them. */
const ordered = ({ container_status }: TaskStatus): Partial<TaskStatus> => {
  if (!container_status) return {}
  const { container_id, network_infos, executor_pid } = container_status
  return {
    container_status: {
      ...(container_id && { container_id }),
      ...(network_infos && { network_infos }),
      ...(executor_pid !== undefined && { executor_pid }),
    },
  }
}

/** A state that the agent itself tells of a task whose executor cannot. */
export function fromAgent(state: State, run: Run, end: string, reason: string, message: string): void {
  const { task_id, agent_id } = run.task
  const status = {
    task_id,
    state: end,
    message,
    source: 'SOURCE_AGENT',
    reason,
    agent_id,
    executor_id: task_id,
    timestamp: now(),
    uuid: randomBytes(16).toString('base64'),
  }
  take(state, run, status)
}

function take(state: State, run: Run, status: TaskStatus): void {
  if (isTerminal(run.task.state)) {
    run.link?.send({ type: 'acknowledge', uuid: status.uuid ?? '' })
    return // a task ends once
  }
  run.task.state = status.state
  if (run.task.statuses.at(-1)?.state === status.state) run.task.statuses.pop()
  run.task.statuses.push(status)
  run.task.status_update_state = status.state
  if (status.uuid !== undefined) run.task.status_update_uuid = status.uuid
  run.updates.push(status)
  keep(state, run)
  run.link?.send({ type: 'acknowledge', uuid: status.uuid ?? '' })
  if (run.updates.length === 1) tell(state, run)
}

/** Tells the master a task's first update that is not acknowledged, and again while it is not. */
export function tell(state: State, run: Run, again = RETRY): void {
  clearTimeout(run.retry)
  const [status] = run.updates
  if (!status) return
  state.link?.send({ type: 'update', framework: { value: frameworkOf(run) }, status, latest: run.task.state })
  run.retry = setTimeout(() => tell(state, run, Math.min(MOST, again * 2)), again)
}

/** The framework has taken note: the next one can be told; a task that has ended is done with. */
export function acknowledged(state: State, run: Run, uuid: string): void {
  const [first] = run.updates
  if (first?.uuid !== uuid) return
  clearTimeout(run.retry)
  run.updates.shift()
  if (isTerminal(first.state)) done(state, run)
  else {
    keep(state, run)
    tell(state, run)
  }
}

/** Moves a run to those that are done with. */
export function done(state: State, run: Run): void {
  clearTimeout(run.retry)
  state.log.info('slave.cpp:6100', `Cleaning up executor '${idOf(run)}' of framework ${frameworkOf(run)}`)
  state.runs.delete(keyOf(run))
  state.completed.push(run)
  if (state.id !== undefined) state.checkpoint.dropRun(state.id, run.container)
}
