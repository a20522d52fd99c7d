import {
  type Definition,
  type MarathonApp,
  type MarathonTask,
  type MesosAgent,
  roomFor,
  saidOf,
  taskHealth,
} from '../../src/index.ts'

/** What is to be done about an app before all its tasks on one agent are ended. */
export type Move =
  /** Enough of it is elsewhere, or nothing of it that serves is here. */
  | { readonly free: true }
  /** Its only task is here: it would be away until another one has started. */
  | { readonly alone: true }
  /** Several are here and none elsewhere: one more is to be started, which can only be elsewhere. */
  | { readonly more: true }
  /** The same, and this one of them does not serve: it is ended, so that another one starts elsewhere. */
  | { readonly kill: string }
  /** The same, and no other agent could take one. */
  | { readonly stuck: true }
  /** What is under way must end first. */
  | { readonly wait: string }

/** States of a task that has, or has yet to begin, its place on an agent. */
export const PLACED: ReadonlySet<string> = new Set(['TASK_STAGING', 'TASK_STARTING', 'TASK_RUNNING', 'TASK_KILLING'])

/** Does it serve? One whose app has health checks must be known to be healthy. */
const serves = (task: MarathonTask, { definition }: MarathonApp): boolean =>
  taskHealth(saidOf(task, definition)) === 'healthy'

/** May it serve somebody? One that starts, or is known to be sick, does not; one that is being ended may still. */
const mayServe = (task: MarathonTask, { definition }: MarathonApp): boolean =>
  task.state === 'TASK_KILLING' ||
  (task.state === 'TASK_RUNNING' && taskHealth(saidOf(task, definition)) !== 'unhealthy')

/** Whether an app has a task on the agent. */
export const isHere = (app: MarathonApp, agent: string): boolean =>
  app.tasks.some(({ slaveId, state }) => slaveId === agent && PLACED.has(state))

/** Could another agent take a task of a definition? By what they have free, and by its constraints. Pure. */
export function roomElsewhere(definition: Definition, own: MesosAgent, all: readonly MesosAgent[]): boolean {
  const has = (agent: MesosAgent, field: string) => (field === 'hostname' ? agent.hostname : agent.attributes[field])
  const rules = Array.isArray(definition.constraints) ? definition.constraints.filter(Array.isArray) : []
  // without a value: all of them where the first one was
  const fields = rules
    .filter(([, rule, value]) => String(rule).toUpperCase() === 'CLUSTER' && !value)
    .map(([field]) => String(field))
  const others = all.filter(
    (agent) =>
      agent.id !== own.id &&
      agent.active &&
      !agent.deactivated &&
      fields.every((field) => has(agent, field) === has(own, field)),
  )
  return (
    roomFor(
      definition,
      others.map((agent) => ({ ...agent, host: agent.hostname })),
    ) > 0
  )
}

/** Decides for one app. The agent gets no new tasks any more. `room`: another one could take one. Pure. */
export function moveOf(app: MarathonApp, agent: string, room: boolean): Move {
  const here = app.tasks.filter((task) => task.slaveId === agent && PLACED.has(task.state))
  const elsewhere = app.tasks.filter((task) => task.slaveId !== agent)
  // what serves nobody here, as where the app crashes again and again, need not be waited for
  if (!here.some((task) => mayServe(task, app)) || elsewhere.some((task) => serves(task, app))) return { free: true }
  if (app.deployments.length > 0) return { wait: `the deployment of ${app.id} to end` }
  const staying = here.filter(({ state }) => state !== 'TASK_KILLING')
  // one that was ended, or has failed, is on its way to another host
  if (elsewhere.length > 0) return { wait: `a healthy task of ${app.id} on another host` }
  if (!room && app.instances > 1) return { stuck: true }
  if (staying.length < app.instances) return { wait: `a healthy task of ${app.id} on another host` }
  if (staying.length < 2) return { alone: true }
  const ill = staying.find((task) => !serves(task, app))
  return ill === undefined ? { more: true } : { kill: ill.id }
}

/** The longest time, in seconds, that a task on the agent may take to end; 60 where none says more. */
export const longestGrace = (apps: readonly MarathonApp[], agent: string): number =>
  Math.max(
    60,
    ...apps
      .filter((app) => app.tasks.some((task) => task.slaveId === agent))
      .map(({ definition: { taskKillGracePeriodSeconds: seconds } }) =>
        typeof seconds === 'number' ? Math.ceil(seconds) : 0,
      ),
  )
