import type { FromAgent, Registration } from '../common/messages.ts'
import { now } from '../common/numbers.ts'
import { isTerminal, type Task } from '../common/proto.ts'
import { drainedIfEmpty } from './drain-state.ts'
import { awaitReturn, newFramework } from './frameworks.ts'
import { agentRemoved, agentUnreachable } from './gone.ts'
import { isDown } from './maintenance-view.ts'
import { allocate, rescindAll } from './offers.ts'
import { registered } from './registered.ts'
import { admitted } from './registry.ts'
import { type Agent, type AgentLink, count, hasCapability, type State, taskKey } from './state.ts'
import { update } from './stream.ts'
import { fromAgent, masterStatus, note } from './tasks.ts'

/** Serves an agent's link from its first message to its end. `allows` says whether its credential will do. */
export function serveAgent(state: State, link: AgentLink, allows: (r: Registration) => boolean): void {
  let agent: Agent | undefined
  const handle = async (message: FromAgent): Promise<void> => {
    if (message.type === 'register') {
      if (!allows(message)) {
        state.log.warning(
          'master.cpp:6800',
          `Refusing registration of agent at ${message.pid} because it is not authenticated`,
        )
        return link.send({ type: 'refused' })
      }
      agent = await register(state, link, message)
    } else if (agent) await heard(state, agent, message)
  }
  let last = Promise.resolve()
  link.on('message', (message) => {
    last = last.then(() => handle(message)).catch((error: Error) => state.log.warning('master.cpp:1', error.message))
  })
  link.on('close', () => {
    if (!agent || agent.link !== link) return
    delete agent.link
    state.log.info('master.cpp:1400', `Agent ${agent.id} at ${agent.pid} (${agent.info.hostname}) disconnected`)
    rescindAll(state, { agent: agent.id })
  })
}

async function heard(state: State, agent: Agent, message: FromAgent): Promise<void> {
  if (message.type === 'pong') agent.missed = 0
  if (message.type === 'update') {
    fromAgent(state, agent, message.framework.value, message.status, message.latest)
    allocate(state)
  }
  if (message.type === 'unregister') await agentRemoved(state, agent, 'the agent unregistered')
}

async function register(state: State, link: AgentLink, r: Registration): Promise<Agent | undefined> {
  const { registry } = state.registrar
  const known = r.info.id?.value
  if (isDown(registry, r)) return shutdown(state, link, r, 'Machine is `DOWN`')
  if (registry.gone.some(({ id }) => id.value === known)) return shutdown(state, link, r, 'Agent has been marked gone')
  const other = [...state.agents.values()].find((a) => a.pid === r.pid && a.id !== known)
  if (other) await agentRemoved(state, other, 'a new agent registered at the same address')

  const id = known ?? `${state.info.id}-S${state.nextAgent++}`
  const wasUnreachable = registry.unreachable.some((u) => u.id.value === id)
  const agent = state.agents.get(id) ?? fresh(state, id, r)
  Object.assign(agent, {
    info: { ...r.info, id: { value: id } },
    pid: r.pid,
    version: r.version,
    capabilities: r.capabilities,
    missed: 0,
  })
  if (known !== undefined) agent.reregistered = now()
  agent.link?.destroy()
  agent.link = link
  state.agents.set(id, agent)
  state.missing.delete(id)
  await state.registrar.apply((reg) => admitted(reg, registered(agent)))
  count(state, known === undefined ? 'slave_registrations' : 'slave_reregistrations')
  state.log.info(
    'master.cpp:7000',
    `${known === undefined ? 'Registered' : 'Re-registered'} agent ${id} at ${r.pid} (${r.info.hostname})`,
  )
  takeOver(state, agent, r, wasUnreachable)
  link.send({ type: 'registered', id, silence: patience(state), ...(agent.drain && { drain: agent.drain.config }) })
  drainedIfEmpty(state, agent)
  allocate(state)
  return agent
}

function shutdown(state: State, link: AgentLink, r: Registration, message: string): undefined {
  state.log.warning('master.cpp:6900', `Refusing registration of agent at ${r.pid}: ${message}`)
  link.send({ type: 'shutdown', message })
}

/** An agent as it comes in; how it is drained is kept by the registry. */
function fresh(state: State, id: string, r: Registration): Agent {
  const kept = state.registrar.registry.agents.find((a) => a.info.id?.value === id)
  return {
    id,
    info: r.info,
    pid: r.pid,
    version: r.version,
    capabilities: r.capabilities,
    registered: now(),
    missed: 0,
    deactivated: kept?.deactivated ?? false,
    ...(kept?.drain_info && { drain: { ...kept.drain_info, start: kept.drain_start ?? now() } }),
  }
}

/** What the agent says wins: tasks of before come in with it, those that it does not know are over. */
function takeOver(state: State, agent: Agent, r: Registration, wasUnreachable: boolean): void {
  for (const info of r.frameworks) {
    const id = info.id?.value ?? ''
    if (state.completedFrameworks.some((f) => f.id === id)) agent.link?.send({ type: 'end-framework', framework: id })
    else if (!state.frameworks.has(id)) {
      const framework = newFramework(id, info, true)
      state.frameworks.set(id, framework)
      awaitReturn(state, framework)
    }
  }
  for (const task of r.tasks) if (state.frameworks.has(task.framework_id.value)) takeTask(state, task, wasUnreachable)
  const told = new Set(r.tasks.map((t) => taskKey(t.framework_id.value, t.task_id.value)))
  for (const [key, task] of state.tasks)
    if (task.agent_id.value === agent.id && !told.has(key)) unknownToAgent(state, task)
}

function takeTask(state: State, task: Task, wasUnreachable: boolean): void {
  const key = taskKey(task.framework_id.value, task.task_id.value)
  const there = state.tasks.get(key)
  if (!there) state.tasks.set(key, task)
  else if (!isTerminal(there.state)) there.state = task.state
  const framework = state.frameworks.get(task.framework_id.value)
  if (!framework || !wasUnreachable) return
  const at = framework.unreachable.findIndex((t) => t.task_id.value === task.task_id.value)
  if (at < 0) return
  framework.unreachable.splice(at, 1)
  const { container_status } = [...task.statuses].reverse().find((s) => s.container_status) ?? {}
  const rest = {
    message: 'Unreachable agent re-reregistered',
    reason: 'REASON_AGENT_REREGISTERED',
    agent_id: task.agent_id,
  }
  update(
    state,
    framework,
    masterStatus(task.task_id.value, task.state, { ...rest, ...(container_status && { container_status }) }),
  )
}

function unknownToAgent(state: State, task: Task): void {
  const framework = state.frameworks.get(task.framework_id.value)
  if (!framework || isTerminal(task.state)) return
  const end = hasCapability(framework.info, 'PARTITION_AWARE') ? 'TASK_DROPPED' : 'TASK_LOST'
  const status = masterStatus(task.task_id.value, end, {
    message: 'Reconciliation: task unknown to the agent',
    reason: 'REASON_RECONCILIATION',
    agent_id: task.agent_id,
  })
  task.state = end
  note(task, status)
  update(state, framework, status)
  state.tasks.delete(taskKey(framework.id, task.task_id.value))
  framework.completed.push(task)
}

const most = (state: State): number => state.flags.number('max_agent_ping_timeouts') ?? 5

/** Milliseconds after which an agent that answers no ping is unreachable. */
const patience = (state: State): number => (state.flags.ms('agent_ping_timeout') ?? 15_000) * most(state)

/** Pings every agent; one that leaves too many unanswered is unreachable. */
export function pingAgents(state: State): void {
  for (const agent of [...state.agents.values()]) {
    if (agent.missed++ >= most(state)) {
      // the session has ended, and this master with it
      agentUnreachable(state, agent.id, 'health check timed out').catch(() => undefined)
      continue
    }
    agent.link?.send({ type: 'ping' })
  }
}
