import { type MarathonApp, type MarathonTask, saidOf, taskHealth } from '../../src/index.ts'

/** What is to be done about an app before all its tasks on one agent are ended. */
export type Move =
  /** Enough of it is elsewhere, or nothing of it is here. */
  | { readonly free: true }
  /** Its only task is here: it would be away until another one has started. */
  | { readonly alone: true }
  /** Several are here and none elsewhere: this one is ended, so that another one starts elsewhere. */
  | { readonly kill: string }
  /** What is under way must end first. */
  | { readonly wait: string }

/** States of a task that has, or has yet to begin, its place on an agent. */
const PLACED = new Set(['TASK_STAGING', 'TASK_STARTING', 'TASK_RUNNING', 'TASK_KILLING'])

/** Does it serve? One whose app has health checks must be known to be healthy. */
const serves = (task: MarathonTask, { definition }: MarathonApp): boolean => taskHealth(saidOf(task, definition)) === 'healthy'

/** Has an app a task on the agent? */
export const isHere = (app: MarathonApp, agent: string): boolean =>
  app.tasks.some(({ slaveId, state }) => slaveId === agent && PLACED.has(state))

/** Decides for one app. The agent gets no new tasks any more. Pure. */
export function moveOf(app: MarathonApp, agent: string): Move {
  const here = app.tasks.filter((task) => task.slaveId === agent && PLACED.has(task.state))
  const elsewhere = app.tasks.filter((task) => task.slaveId !== agent)
  if (here.length === 0 || elsewhere.some((task) => serves(task, app))) return { free: true }
  if (app.deployments.length > 0) return { wait: `the deployment of ${app.id} to end` }
  const staying = here.filter(({ state }) => state !== 'TASK_KILLING')
  // one that was ended, or has failed, is on its way to another host
  if (staying.length < app.instances || elsewhere.length > 0) return { wait: `a healthy task of ${app.id} on another host` }
  if (staying.length < 2) return { alone: true }
  const [first] = [...staying].sort((a, b) => Number(serves(a, app)) - Number(serves(b, app)) || (a.id < b.id ? -1 : 1))
  return { kill: (first as MarathonTask).id }
}

/** The longest time, in seconds, that a task on the agent may take to end; 60 where none says more. */
export const longestGrace = (apps: readonly MarathonApp[], agent: string): number =>
  Math.max(
    60,
    ...apps
      .filter((app) => app.tasks.some((task) => task.slaveId === agent))
      .map(({ definition: { taskKillGracePeriodSeconds: seconds } }) => (typeof seconds === 'number' ? Math.ceil(seconds) : 0)),
  )
