import { newTask } from '../common/new-task.ts'
import type { TaskInfo, TaskStatus } from '../common/proto.ts'
import { flat } from '../common/resource-views.ts'
import { type Amounts, amountsOf, holds, minus, sum } from '../common/resources.ts'
import { allocate, filter, withdraw } from './offers.ts'
import type { Call } from './scheduler-calls.ts'
import { count, type Framework, hasCapability, isActive, type Offer, type State, taskKey } from './state.ts'
import { update } from './stream.ts'
import { masterStatus } from './tasks.ts'

/** Launches tasks on what was offered; what is left over counts as declined. */
export function accept(state: State, framework: Framework, { accept: its }: Call): void {
  if (!its) return
  const offers = its.offer_ids.map(({ value }) => state.offers.get(value))
  const tasks = (its.operations ?? []).flatMap((o) => o.launch?.task_infos ?? [])
  const wrong = whatIsWrong(
    state,
    framework,
    its.offer_ids.map((i) => i.value),
    offers,
  )
  for (const offer of offers) if (offer?.framework === framework.id) withdraw(state, offer)
  if (wrong !== undefined) {
    const dropped = hasCapability(framework.info, 'PARTITION_AWARE') ? 'TASK_DROPPED' : 'TASK_LOST'
    for (const task of tasks)
      refuse(state, framework, task, dropped, {
        message: `Task launched with invalid offers: ${wrong}`,
        reason: 'REASON_INVALID_OFFERS',
      })
    return
  }
  const [first] = offers as Offer[]
  if (!first) return
  const left = tasks.reduce(
    (free, task) => minus(free, launch(state, framework, first, task, free)),
    sum((offers as Offer[]).map((o) => o.resources)),
  )
  filter(framework, first.agent, left, its.filters?.refuse_seconds)
  allocate(state)
}

function whatIsWrong(
  state: State,
  framework: Framework,
  ids: readonly string[],
  offers: readonly (Offer | undefined)[],
): string | undefined {
  if (ids.length === 0) return 'No offers specified'
  const gone = offers.findIndex((o) => o === undefined || o.framework !== framework.id)
  if (gone >= 0) return `Offer ${ids[gone]} is no longer valid`
  const agents = new Set(offers.map((o) => o?.agent))
  if (agents.size > 1)
    return `Aggregated offers must belong to one single agent. Offer ${ids[1]} uses another agent than ${ids[0]}`
  const agent = state.agents.get([...agents][0] ?? '')
  return agent && isActive(agent) ? undefined : `Agent ${[...agents][0]} is not active`
}

/** Launches one task; gives what it takes of what is free. */
function launch(state: State, framework: Framework, offer: Offer, given: TaskInfo, free: Amounts): Amounts {
  const task = { ...given, agent_id: given.agent_id?.value ? given.agent_id : { value: offer.agent } }
  const wants = amountsOf(task.resources)
  const message = invalid(state, framework, task, wants, free)
  if (message !== undefined) {
    refuse(state, framework, task, 'TASK_ERROR', { message, reason: 'REASON_TASK_INVALID' })
    return { scalars: {}, ranges: {} }
  }
  count(state, 'launched')
  state.tasks.set(taskKey(framework.id, task.task_id.value), newTask(framework.id, offer.role, task))
  state.agents.get(offer.agent)?.link?.send({ type: 'run', framework: framework.info, task })
  return wants
}

function invalid(
  state: State,
  framework: Framework,
  task: TaskInfo,
  wants: Amounts,
  free: Amounts,
): string | undefined {
  if (state.tasks.has(taskKey(framework.id, task.task_id.value))) return `Task has duplicate ID: ${task.task_id.value}`
  if (!task.command && !task.executor)
    return 'Task should have at least one (but not both) of CommandInfo or ExecutorInfo present'
  if (!holds(free, wants))
    return `Task uses more resources ${JSON.stringify(flat(wants))} than available ${JSON.stringify(flat(free))}`
  return undefined
}

function refuse(state: State, framework: Framework, task: TaskInfo, end: string, why: Partial<TaskStatus>): void {
  update(
    state,
    framework,
    masterStatus(task.task_id.value, end, { ...why, ...(task.agent_id && { agent_id: task.agent_id }) }),
  )
}
