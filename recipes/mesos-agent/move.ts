import {
  type Definition,
  type MarathonApp,
  type MarathonTask,
  type MesosAgent,
  roomFor,
  saidOf,
  taskHealth,
} from '../../src/index.ts'

/** What to do about an app before all its tasks on one agent are killed. */
export type Move =
  /** Enough of its tasks are elsewhere, or none here serves. */
  | { readonly free: true }
  /** Its only task is here: the app would be down until another one has started. */
  | { readonly alone: true }
  /** Several tasks are here and none elsewhere: start one more, which can only be elsewhere. */
  | { readonly more: true }
  /** The same, but this task does not serve: kill it, so that another one starts elsewhere. */
  | { readonly kill: string }
  /** The same, but no other agent could take one. */
  | { readonly stuck: true }
  /** The current deployment must end first. */
  | { readonly wait: string }

/** States of a task that occupies an agent, or is about to. */
export const PLACED: ReadonlySet<string> = new Set(['TASK_STAGING', 'TASK_STARTING', 'TASK_RUNNING', 'TASK_KILLING'])

/** Does a task serve? If its app has health checks, it must be known to be healthy. */
const serves = (task: MarathonTask, { definition }: MarathonApp): boolean =>
  taskHealth(saidOf(task, definition)) === 'healthy'

/** Might a task serve? Not if it is starting or known to be sick; a task that is being killed may still serve. */
const mayServe = (task: MarathonTask, { definition }: MarathonApp): boolean =>
  task.state === 'TASK_KILLING' ||
  (task.state === 'TASK_RUNNING' && taskHealth(saidOf(task, definition)) !== 'unhealthy')

/** Does an app have a task on the agent? */
export const isHere = (app: MarathonApp, agent: string): boolean =>
  app.tasks.some(({ slaveId, state }) => slaveId === agent && PLACED.has(state))

/** Could another agent take a task of a definition, given its free resources and the constraints? Pure. */
export function roomElsewhere(definition: Definition, own: MesosAgent, all: readonly MesosAgent[]): boolean {
  const has = (agent: MesosAgent, field: string) => (field === 'hostname' ? agent.hostname : agent.attributes[field])
  const rules = Array.isArray(definition.constraints) ? definition.constraints.filter(Array.isArray) : []
  // without a value: all tasks must be where the first one was
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

/** Decides for one app. The agent no longer gets new tasks. `room`: another agent could take one. Pure. */
export function moveOf(app: MarathonApp, agent: string, room: boolean): Move {
  const here = app.tasks.filter((task) => task.slaveId === agent && PLACED.has(task.state))
  const elsewhere = app.tasks.filter((task) => task.slaveId !== agent)
  // if no task here serves, for example because the app keeps crashing, there is nothing to wait for
  if (!here.some((task) => mayServe(task, app)) || elsewhere.some((task) => serves(task, app))) return { free: true }
  if (app.deployments.length > 0) return { wait: `the deployment of ${app.id} to end` }
  const staying = here.filter(({ state }) => state !== 'TASK_KILLING')
  // a task that was killed, or has failed, is on its way to another host
  if (elsewhere.length > 0) return { wait: `a healthy task of ${app.id} on another host` }
  if (!room && app.instances > 1) return { stuck: true }
  if (staying.length < app.instances) return { wait: `a healthy task of ${app.id} on another host` }
  if (staying.length < 2) return { alone: true }
  const ill = staying.find((task) => !serves(task, app))
  return ill === undefined ? { more: true } : { kill: ill.id }
}

/** A task of an app of Marathon. Those of pods, and of other frameworks, have other ids. */
const OF_APP = /\.instance-[0-9a-f-]+\._app\.\d+$/

/**
 * Tasks of apps that run on the agent, but that Marathon does not list: it may have just forgotten them, after a change
 * of its leader, or their app is removed and they are about to end. Pure.
 * @param running the tasks that the agent itself names
 */
export function unlisted(apps: readonly MarathonApp[], running: readonly string[]): readonly string[] {
  const known = new Set(apps.flatMap(({ tasks }) => tasks.map(({ id }) => id)))
  return running.filter((id) => OF_APP.test(id) && !known.has(id))
}

/** The longest time, in seconds, that a task on the agent may take to end; 60 if no definition says more. */
export const longestGrace = (apps: readonly MarathonApp[], agent: string): number =>
  Math.max(
    60,
    ...apps
      .filter((app) => app.tasks.some((task) => task.slaveId === agent))
      .map(({ definition: { taskKillGracePeriodSeconds: seconds } }) =>
        typeof seconds === 'number' ? Math.ceil(seconds) : 0,
      ),
  )
