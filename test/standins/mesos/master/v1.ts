import { VERSION } from '../common/build.ts'
import { type Ask, json, type Reply, text } from '../common/http.ts'
import { taskV1 } from '../common/task-views.ts'
import { agentV1 } from './agent-views.ts'
import { deactivate, drain, markGone, reactivate } from './drain.ts'
import { frameworkV1 } from './framework-views.ts'
import { statusView } from './maintenance.ts'
import { isMissing } from './missing.ts'
import type { State } from './state.ts'

interface Call {
  readonly type?: string
  readonly [name: string]: unknown
}

const GETS: Readonly<Record<string, (state: State) => object>> = {
  GET_HEALTH: () => ({ healthy: true }),
  GET_VERSION: () => ({ version_info: { version: VERSION } }),
  GET_FLAGS: ({ flags }) => ({ flags: Object.entries(flags.shown).map(([name, value]) => ({ name, value })) }),
  GET_MASTER: ({ info, startTime, electedTime }) => ({
    master_info: info,
    start_time: startTime,
    elected_time: electedTime,
  }),
  GET_AGENTS: agents,
  GET_FRAMEWORKS: frameworks,
  GET_TASKS: tasks,
  GET_EXECUTORS: () => ({ executors: [] }),
  GET_STATE: (state) => ({
    get_tasks: tasks(state),
    get_executors: {},
    get_frameworks: frameworks(state),
    get_agents: agents(state),
  }),
  GET_MAINTENANCE_STATUS: ({ registrar }) => ({ status: statusView(registrar.registry) }),
  GET_MAINTENANCE_SCHEDULE: ({ registrar: { registry } }) => ({
    schedule: registry.windows.length > 0 ? { windows: registry.windows } : {},
  }),
}

function agents(state: State): object {
  return {
    agents: [...state.agents.values()].map((a) => agentV1(state, a)),
    recovered_agents: [...state.missing].map(isMissing),
  }
}

function frameworks(state: State): object {
  return {
    frameworks: [...state.frameworks.values()].map((f) => frameworkV1(state, f)),
    completed_frameworks: state.completedFrameworks.map((f) => frameworkV1(state, f)),
  }
}

function tasks(state: State): object {
  const done = [...state.frameworks.values(), ...state.completedFrameworks]
  return {
    tasks: [...state.tasks.values()].map((t) => taskV1(t)),
    unreachable_tasks: done.flatMap((f) => f.unreachable).map((t) => taskV1(t)),
    completed_tasks: done.flatMap((f) => f.completed).map((t) => taskV1(t)),
  }
}

const CHANGES = {
  DRAIN_AGENT: drain,
  DEACTIVATE_AGENT: deactivate,
  REACTIVATE_AGENT: reactivate,
  MARK_AGENT_GONE: markGone,
} as const

/** The operator API of v1: a JSON object with a type, always by POST. */
export async function v1(state: State, ask: Ask): Promise<Reply> {
  if (ask.method !== 'POST')
    return { ...text(405, `Expecting one of { 'POST' }, but received '${ask.method}'`), headers: { Allow: 'POST' } }
  if (!(ask.headers['content-type'] ?? '').startsWith('application/json'))
    return text(415, "Expecting 'Content-Type' of application/json, application/x-protobuf, or application/recordio")
  let call: Call
  try {
    call = JSON.parse(ask.body) as Call
  } catch {
    return text(400, `Failed to parse body into JSON: syntax error at line 1 near: ${ask.body}`)
  }
  const type = call.type ?? ''
  const name = type.toLowerCase()
  const change = CHANGES[type as keyof typeof CHANGES]
  if (change) return change(state, (call[name] ?? {}) as Parameters<typeof change>[1])
  const get = GETS[type]
  return get
    ? json({ type, [name]: get(state) })
    : text(400, `Failed to validate master::Call: Expecting 'type' to be present`)
}
