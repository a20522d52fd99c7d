import { VERSION } from '../common/build.ts'
import { type Ask, json, type Reply, text } from '../common/http.ts'
import { isTerminal } from '../common/proto.ts'
import { listed } from '../common/resource-views.ts'
import { taskV1 } from '../common/task-views.ts'
import { containersV1 } from './containers.ts'
import { idOf, type Kept } from './run.ts'
import type { State } from './state.ts'
import { EXECUTOR, executorName } from './views.ts'

const executor = (run: Kept): object => ({
  executor_info: {
    executor_id: { value: idOf(run) },
    framework_id: run.task.framework_id,
    command: {
      shell: false,
      value: '/usr/libexec/mesos/mesos-executor',
      arguments: ['mesos-executor', '--launcher_dir=/usr/libexec/mesos'],
    },
    ...(run.task.container && { container: run.task.container }),
    resources: listed(EXECUTOR, { allocation_info: { role: run.task.resources[0]?.allocation_info?.role ?? '*' } }),
    name: executorName(run),
    source: idOf(run),
    ...(run.task.discovery !== undefined && { discovery: run.task.discovery }),
    ...(run.task.labels && { labels: run.task.labels }),
  },
})

const GETS: Readonly<Record<string, (state: State) => object | Promise<object>>> = {
  GET_HEALTH: () => ({ healthy: true }),
  GET_VERSION: () => ({ version_info: { version: VERSION } }),
  GET_FLAGS: ({ flags }) => ({ flags: Object.entries(flags.shown).map(([name, value]) => ({ name, value })) }),
  GET_AGENT: ({ info, id }) => ({ agent_info: { ...info, ...(id !== undefined && { id: { value: id } }) } }),
  GET_CONTAINERS: async (state) => ({ containers: await containersV1(state) }),
  GET_EXECUTORS: ({ runs, completed }) => ({
    executors: [...runs.values()].map(executor),
    completed_executors: completed.map(executor),
  }),
  GET_TASKS: ({ runs, completed }) => {
    const tasks = [...runs.values()].map((r) => r.task)
    return {
      pending_tasks: [],
      queued_tasks: [],
      launched_tasks: tasks.filter((t) => !isTerminal(t.state)).map((t) => taskV1(t, true)),
      terminated_tasks: [...tasks.filter((t) => isTerminal(t.state)), ...completed.map((c) => c.task)].map((t) =>
        taskV1(t, true),
      ),
      completed_tasks: [],
    }
  },
}

/** The operator API of v1 of an agent. */
export async function v1(state: State, ask: Ask): Promise<Reply> {
  if (ask.method !== 'POST')
    return { ...text(405, `Expecting one of { 'POST' }, but received '${ask.method}'`), headers: { Allow: 'POST' } }
  if (!(ask.headers['content-type'] ?? '').startsWith('application/json'))
    return text(415, "Expecting 'Content-Type' of application/json, application/x-protobuf, or application/recordio")
  let type = ''
  try {
    type = (JSON.parse(ask.body) as { type?: string }).type ?? ''
  } catch {
    return text(400, `Failed to parse body into JSON: syntax error at line 1 near: ${ask.body}`)
  }
  const get = GETS[type]
  if (!get) return text(400, "Failed to validate agent::Call: Expecting 'type' to be present")
  if (!state.recovered && type !== 'GET_HEALTH') return text(503, 'Agent has not finished recovery')
  return json({ type, [type.toLowerCase()]: await get(state) })
}
