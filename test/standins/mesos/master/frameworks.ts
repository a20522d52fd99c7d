import { now } from '../common/numbers.ts'
import type { FrameworkInfo } from '../common/proto.ts'
import { isTerminal } from '../common/proto.ts'
import { withdraw } from './offers.ts'
import type { Framework, State, Stream } from './state.ts'
import { closeStream, openStream } from './stream.ts'
import { complete, masterStatus, note } from './tasks.ts'

export const newFramework = (id: string, info: FrameworkInfo, recovered: boolean): Framework => ({
  id,
  info: { ...info, id: { value: id } },
  active: !recovered,
  recovered,
  registered: now(),
  reregistered: now(),
  filters: [],
  suppressed: new Set(),
  completed: [],
  unreachable: [],
})

/** A framework begins its stream, for the first time or again; one that was on another stream loses that one. */
export function subscribed(state: State, framework: Framework, info: FrameworkInfo, stream: Stream): void {
  clearTimeout(framework.removal)
  if (framework.stream) closeStream(state, framework, 'Framework failed over')
  dropOffers(state, framework)
  framework.info = { ...info, id: { value: framework.id } }
  framework.active = true
  framework.recovered = false
  framework.reregistered = now()
  framework.filters = []
  framework.suppressed.clear()
  openStream(state, framework, stream)
}

/** A framework's stream ended: it has its failover_timeout to come back. */
export function disconnected(state: State, framework: Framework): void {
  closeStream(state, framework)
  framework.active = false
  dropOffers(state, framework)
  const seconds = framework.info.failover_timeout ?? 0
  state.log.info(
    'master.cpp:1500',
    `Framework ${framework.id} (${framework.info.name}) disconnected; giving it ${seconds}secs to failover`,
  )
  awaitReturn(state, framework)
}

/** Removes a framework that does not come back in its time. */
export function awaitReturn(state: State, framework: Framework): void {
  const ms = Math.min((framework.info.failover_timeout ?? 0) * 1000, 2 ** 31 - 1) // Node's longest timer: 24 days
  framework.removal = setTimeout(() => removeFramework(state, framework), ms)
}

/** Ends a framework for good, and all its tasks. */
export function removeFramework(state: State, framework: Framework): void {
  clearTimeout(framework.removal)
  dropOffers(state, framework)
  closeStream(state, framework)
  const tasks = [...state.tasks.values()].filter((t) => t.framework_id.value === framework.id)
  for (const agent of state.agents.values()) agent.link?.send({ type: 'end-framework', framework: framework.id })
  for (const task of tasks) {
    if (!isTerminal(task.state)) task.state = 'TASK_KILLED'
    const message = `Framework ${framework.id} removed`
    note(
      task,
      masterStatus(task.task_id.value, 'TASK_KILLED', {
        message,
        reason: 'REASON_FRAMEWORK_REMOVED',
        agent_id: task.agent_id,
      }),
    )
    complete(state, framework, task)
  }
  framework.active = false
  framework.unregistered = now()
  state.frameworks.delete(framework.id)
  state.completedFrameworks.push(framework)
}

function dropOffers(state: State, framework: Framework): void {
  for (const one of [...state.offers.values()]) if (one.framework === framework.id) withdraw(state, one)
}
