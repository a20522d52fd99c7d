import { randomUUID } from 'node:crypto'
import { newTask } from '../common/new-task.ts'
import type { DrainConfig, FrameworkInfo, KillPolicy, TaskInfo } from '../common/proto.ts'
import { launch } from './launch.ts'
import { frameworkOf, idOf, type Run } from './run.ts'
import { keep, keyOf, type State } from './state.ts'
import { fromAgent } from './updates.ts'

/** Takes a task up and launches it. */
export function runTask(state: State, framework: FrameworkInfo, info: TaskInfo): void {
  const id = framework.id?.value ?? ''
  const [container, role] = [
    randomUUID(),
    info.resources[0]?.allocation_info?.role ?? framework.roles?.[0] ?? framework.role ?? '*',
  ]
  const directory = state.checkpoint.sandbox(state.id ?? '', id, info.task_id.value, container)
  const run: Run = {
    framework,
    info,
    task: newTask(id, role, info),
    container,
    directory,
    updates: [],
    killing: false,
    ended: false,
  }
  state.log.info('slave.cpp:2130', `Launching task '${info.task_id.value}' for framework ${id}`)
  state.runs.set(keyOf(run), run)
  keep(state, run)
  launch(state, run)
}

export const findRun = (state: State, framework: string, task: string): Run | undefined =>
  [...state.runs.values()].find((run) => frameworkOf(run) === framework && idOf(run) === task)

/** Ends a task, in the time that its policy or this call's gives it. */
export function killTask(state: State, run: Run, policy?: KillPolicy): void {
  const grace = policy?.grace_period ? policy.grace_period.nanoseconds / 1e6 : undefined
  endTask(state, run, grace, undefined)
}

function endTask(state: State, run: Run, graceMs: number | undefined, reason: string | undefined): void {
  run.killing = true
  if (reason !== undefined) run.reason = reason
  if (run.link)
    run.link.send({ type: 'kill', ...(graceMs !== undefined && { graceMs }), ...(reason !== undefined && { reason }) })
  else if (run.pid === undefined)
    fromAgent(
      state,
      run,
      'TASK_KILLED',
      reason ?? 'REASON_TASK_KILLED_DURING_LAUNCH',
      'Task killed before it was delivered to the executor',
    )
}

/** Ends all tasks of a framework; nobody wants to know how. */
export function endFramework(state: State, framework: string): void {
  state.ended.add(framework)
  for (const run of [...state.runs.values()].filter((r) => frameworkOf(r) === framework))
    endTask(state, run, undefined, undefined)
}

/** What a task may take to end, in milliseconds: what it says itself, else what the flags say. */
export function graceOf(state: State, { info }: Run): number {
  const own = info.kill_policy?.grace_period
  if (own) return own.nanoseconds / 1e6
  return info.container?.type === 'DOCKER' ? (state.flags.ms('executor_shutdown_grace_period') ?? 5000) : 3000
}

/** Ends all tasks for the sake of the host; none gets longer than the drain allows. */
export function drain(state: State, config: DrainConfig): void {
  if (!state.drain) state.log.info('slave.cpp:1000', `Initiating drain with DrainConfig ${JSON.stringify(config)}`)
  state.drain = { config, start: Date.now() / 1000 }
  const most = config.max_grace_period ? config.max_grace_period.nanoseconds / 1e6 : Number.POSITIVE_INFINITY
  for (const run of [...state.runs.values()])
    endTask(state, run, Math.min(most, graceOf(state, run)), 'REASON_AGENT_DRAINING')
}
