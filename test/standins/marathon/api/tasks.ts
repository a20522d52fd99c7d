import { versioned } from '../app/difference.ts'
import { instanceOf } from '../core/ids.ts'
import type { Instance } from '../core/instance.ts'
import { launched } from '../core/instance.ts'
import { decommission, kill } from '../core/instances.ts'
import type { Turn } from '../core/turn.ts'
import { instancesOf } from '../core/world.ts'
import { appOf } from './apps.ts'
import { invalid, json } from './body.ts'
import { change, result } from './change.ts'
import { flag, notFound, Refusal, type Request, type Response } from './http.ts'
import { showTask, showTasks } from './views/task.ts'

/** Lowers each app by the number of its instances among these, which are the ones to go. */
const scaleDown = (turn: Turn, request: Request, instances: readonly Instance[]): Response => {
  const toKill: Record<string, string[]> = {}
  for (const { app, id } of instances) toKill[app] = [...(toKill[app] ?? []), id]
  const plan = change(
    turn,
    (apps, version) => {
      const lowered = Object.entries(toKill).map(([id, ids]) => {
        const app = appOf(turn, id, false)
        return [id, versioned(app, { ...app, instances: Math.max(0, app.instances - ids.length) }, version)] as const
      })
      return { ...apps, ...Object.fromEntries(lowered) }
    },
    { force: flag(request, 'force'), toKill },
  )
  return result(plan)
}

/** Kills instances; each comes back as the next incarnation of itself, unless it is wiped. */
const killAll = (turn: Turn, request: Request, instances: readonly Instance[]): void => {
  for (const instance of instances) {
    if (flag(request, 'wipe')) decommission(turn, instance.id)
    else if (launched(instance)) kill(turn, instance, 0)
  }
}

/** GET /v2/apps/{id}/tasks */
export const listAppTasks = (turn: Turn, id: string): Response => {
  appOf(turn, id)
  return { status: 200, body: { tasks: showTasks(turn.world, instancesOf(turn.world, id)) } }
}

/** The states that a `status` of a query stands for. */
const STATES: ReadonlyMap<string, readonly string[]> = new Map([
  ['running', ['TASK_RUNNING']],
  ['staging', ['TASK_STAGING', 'TASK_STARTING']],
])

/** GET /v2/tasks: also those of no app that is there any more are left out. */
export const listTasks = (turn: Turn, request: Request): Response => {
  const wanted = request.query.getAll('status').flatMap((status) => STATES.get(status) ?? [])
  const instances = Object.values(turn.world.instances).filter((i) => turn.world.apps[i.app])
  const tasks = showTasks(turn.world, instances, true)
  return {
    status: 200,
    body: { tasks: wanted.length === 0 ? tasks : tasks.filter((task) => wanted.includes(task.state)) },
  }
}

/** DELETE /v2/apps/{id}/tasks */
export const deleteAppTasks = (turn: Turn, request: Request, id: string): Response => {
  appOf(turn, id)
  const host = request.query.get('host')
  const instances = instancesOf(turn.world, id).filter(
    (i) => i.task && launched(i) && (host === null || i.task.host === host),
  )
  if (flag(request, 'scale')) return scaleDown(turn, request, instances)
  const tasks = showTasks(turn.world, instances)
  killAll(turn, request, instances)
  return { status: 200, body: { tasks } }
}

/** DELETE /v2/apps/{id}/tasks/{task}: any incarnation's id names the instance. */
export const deleteAppTask = (turn: Turn, request: Request, id: string, task: string): Response => {
  appOf(turn, id)
  const instance = turn.world.instances[instanceOf(task) ?? '']
  if (!instance || instance.app !== id) throw notFound(`Task '${task}' does not exist`)
  if (flag(request, 'scale')) return scaleDown(turn, request, [instance])
  const shown = showTask(turn.world, instance)
  killAll(turn, request, [instance])
  return { status: 200, body: { task: shown } }
}

/** POST /v2/tasks/delete */
export const deleteTasks = (turn: Turn, request: Request): Response => {
  const { ids } = json(request) as { ids?: unknown }
  if (!Array.isArray(ids)) throw invalid('Invalid JSON', [{ path: '/ids', error: 'error.path.missing' }])
  const found = new Map<string, Instance>()
  for (const id of ids as string[]) {
    const instance = instanceOf(id)
    if (instance === undefined)
      throw new Refusal(400, {
        message: `Invalid task id '${id}'. [taskId ${id} no valid identifier (of class java.lang.String)]`,
      })
    const there = turn.world.instances[instance]
    if (there) found.set(instance, there)
  }
  const instances = [...found.values()]
  if (flag(request, 'scale') && instances.length > 0) return scaleDown(turn, request, instances)
  const tasks = showTasks(turn.world, instances)
  killAll(turn, request, instances)
  return { status: 200, body: { tasks } }
}
