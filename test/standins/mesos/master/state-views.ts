import { attributeMap } from '../common/attributes.ts'
import { BUILD, VERSION } from '../common/build.ts'
import type { AgentInfo, Task } from '../common/proto.ts'
import { taskView } from '../common/task-views.ts'
import { agentView, fullAgentView } from './agent-views.ts'
import { briefFramework, frameworkView } from './framework-views.ts'
import { isActive, type State } from './state.ts'

const SUMMARY = [
  'STAGING',
  'STARTING',
  'RUNNING',
  'KILLING',
  'FINISHED',
  'KILLED',
  'FAILED',
  'LOST',
  'ERROR',
  'UNREACHABLE',
].map((s) => `TASK_${s}`)

const missingView = ([id, { hostname, port, attributes }]: readonly [string, AgentInfo]): object => ({
  id,
  hostname,
  port,
  attributes: attributeMap(attributes),
})

/** All tasks, those that are done with too. */
export const allTasks = (state: State): Task[] => [
  ...state.tasks.values(),
  ...[...state.frameworks.values(), ...state.completedFrameworks].flatMap((f) => [...f.unreachable, ...f.completed]),
]

export const stateView = (state: State): object => {
  const { info, flags } = state
  const agents = [...state.agents.values()]
  return {
    version: VERSION,
    ...BUILD,
    start_time: state.startTime,
    ...(state.electedTime !== undefined && { elected_time: state.electedTime }),
    id: info.id,
    pid: info.pid,
    hostname: info.hostname,
    capabilities: info.capabilities.map((c) => c.type),
    activated_slaves: agents.filter(isActive).length,
    deactivated_slaves: agents.filter((a) => !isActive(a)).length,
    unreachable_slaves: state.registrar.registry.unreachable.length,
    leader: info.pid,
    leader_info: { id: info.id, pid: info.pid, port: info.port, hostname: info.hostname },
    ...named(state),
    ...(flags.text('log_dir') !== undefined && { log_dir: flags.text('log_dir') }),
    flags: flags.shown,
    slaves: agents.map((a) => agentView(state, a)),
    recovered_slaves: [...state.missing].map(missingView),
    ...frameworksView(state),
    orphan_tasks: [],
    unregistered_frameworks: [],
  }
}

const named = ({ flags }: State): object =>
  flags.text('cluster') === undefined ? {} : { cluster: flags.text('cluster') }

export const frameworksView = (state: State): object => ({
  frameworks: [...state.frameworks.values()].map((f) => frameworkView(state, f)),
  completed_frameworks: state.completedFrameworks.map((f) => frameworkView(state, f)),
})

/** All agents, or the one that is asked for. */
export const slavesView = (state: State, id: string | null): object => ({
  slaves: [...state.agents.values()].filter((a) => id === null || a.id === id).map((a) => fullAgentView(state, a)),
  recovered_slaves: [...state.missing].filter(([missing]) => id === null || missing === id).map(missingView),
})

export function summaryView(state: State): object {
  const tasks = allTasks(state)
  const states = (of: (task: Task) => boolean) =>
    Object.fromEntries(SUMMARY.map((s) => [s, tasks.filter((t) => of(t) && t.state === s).length]))
  const ids = (of: (task: Task) => boolean, id: (task: Task) => string) => [
    ...new Set([...state.tasks.values()].filter(of).map(id)),
  ]
  return {
    hostname: state.info.hostname,
    ...named(state),
    slaves: [...state.agents.values()].map((a) => {
      const its = (t: Task) => t.agent_id.value === a.id
      return { ...agentView(state, a), ...states(its), framework_ids: ids(its, (t) => t.framework_id.value) }
    }),
    frameworks: [...state.frameworks.values()].map((f) => {
      const its = (t: Task) => t.framework_id.value === f.id
      return { ...briefFramework(state, f), ...states(its), slave_ids: ids(its, (t) => t.agent_id.value) }
    }),
  }
}

/** Tasks by when they began, newest first unless asked otherwise; a page of a hundred. */
export function tasksView(state: State, query: URLSearchParams): object {
  const { limit = 100, offset = 0, order = 'des', framework_id, task_id } = Object.fromEntries(query)
  const time = (t: Task) => t.statuses[0]?.timestamp ?? 0
  const wanted = allTasks(state)
    .filter(
      (t) =>
        (framework_id === undefined || t.framework_id.value === framework_id) &&
        (task_id === undefined || t.task_id.value === task_id),
    )
    .sort((a, b) => (order === 'asc' ? time(a) - time(b) : time(b) - time(a)))
  return { tasks: wanted.slice(Number(offset), Number(offset) + Number(limit)).map(taskView) }
}
