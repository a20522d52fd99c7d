import { attributeMap } from '../common/attributes.ts'
import { BUILD, VERSION } from '../common/build.ts'
import type { FrameworkInfo } from '../common/proto.ts'
import { isTerminal } from '../common/proto.ts'
import { flat, listed } from '../common/resource-views.ts'
import { type Amounts, amountsOf, sum } from '../common/resources.ts'
import { taskView } from '../common/task-views.ts'
import { CAPABILITIES, pidOf } from './registration.ts'
import { frameworkOf, idOf, type Kept } from './run.ts'
import type { State } from './state.ts'

/** What an executor takes beside its task. */
export const EXECUTOR: Amounts = { scalars: { cpus: 0.1, mem: 32 }, ranges: {} }

/** What a run takes: its task, while that lives, and its executor. */
export const takenBy = ({ task }: Kept): Amounts =>
  isTerminal(task.state) ? EXECUTOR : sum([EXECUTOR, amountsOf(task.resources)])

const roleOf = ({ task }: Kept): string => task.resources[0]?.allocation_info?.role ?? '*'

/** The name of an executor that Mesos makes up for a task with a command. */
export function executorName({ info, task }: Kept): string {
  const { shell, value = '', arguments: args = [] } = info.command ?? {}
  const command = shell ? `sh -c '${value.length > 15 ? `${value.slice(0, 12)}...` : value}'` : args.join(' ') || value
  return `Command Executor (Task: ${task.task_id.value}) (Command: ${command})`
}

function executorView(run: Kept, over: boolean): object {
  const done = over || isTerminal(run.task.state)
  return {
    id: idOf(run),
    name: executorName(run),
    source: idOf(run),
    container: run.container,
    directory: run.directory,
    resources: flat(over ? EXECUTOR : takenBy(run)),
    role: roleOf(run),
    ...(run.info.labels && { labels: run.info.labels.labels }),
    tasks: done ? [] : [taskView(run.task)],
    queued_tasks: [],
    completed_tasks: done ? [taskView(run.task)] : [],
  }
}

function frameworkView(info: FrameworkInfo, live: readonly Kept[], completed: readonly Kept[]): object {
  const roles = info.capabilities?.some((c) => c.type === 'MULTI_ROLE')
    ? { roles: info.roles ?? [] }
    : { role: info.role ?? '*' }
  return {
    id: info.id?.value,
    name: info.name,
    user: info.user,
    failover_timeout: info.failover_timeout ?? 0,
    checkpoint: info.checkpoint ?? false,
    hostname: info.hostname ?? '',
    ...roles,
    executors: live.map((run) => executorView(run, false)),
    completed_executors: completed.map((run) => executorView(run, true)),
  }
}

/** Frameworks that have tasks here, and those that had. */
function frameworkViews(state: State): { frameworks: object[]; completed_frameworks: object[] } {
  const runs = [...state.runs.values()]
  const of = (list: readonly Kept[], id: string) => list.filter((r) => frameworkOf(r) === id)
  const known = new Map([...state.completed, ...runs].map((r) => [frameworkOf(r), r.framework]))
  const [live, over] = [
    [...known].filter(([id]) => of(runs, id).length > 0),
    [...known].filter(([id]) => of(runs, id).length === 0),
  ]
  const view = ([id, info]: readonly [string, FrameworkInfo]) =>
    frameworkView(info, of(runs, id), of(state.completed, id))
  return { frameworks: live.map(view), completed_frameworks: over.map(view) }
}

export function stateView(state: State): object {
  const { info, flags, drain } = state
  const all = amountsOf(info.resources)
  const logDir = flags.text('log_dir')
  return {
    version: VERSION,
    ...BUILD,
    start_time: state.startTime,
    ...(state.id !== undefined && { id: state.id }),
    pid: pidOf(state),
    hostname: info.hostname,
    capabilities: CAPABILITIES,
    ...(drain &&
      state.runs.size > 0 && {
        drain_config: drain.config,
        estimated_drain_start_time_seconds: Math.floor(drain.start),
      }),
    resources: flat(all),
    reserved_resources: {},
    unreserved_resources: flat(all),
    reserved_resources_full: {},
    unreserved_resources_full: listed(all, { role: '*' }),
    reserved_resources_allocated: {},
    unreserved_resources_allocated: flat(sum([...state.runs.values()].map(takenBy))),
    resource_providers: [],
    attributes: attributeMap(info.attributes),
    ...(state.master && { master_hostname: state.master.hostname }),
    ...(logDir !== undefined && { log_dir: logDir }),
    flags: flags.shown,
    ...frameworkViews(state),
  }
}
