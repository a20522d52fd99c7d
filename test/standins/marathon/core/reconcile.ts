import { launched } from './instance.ts'
import { decommission } from './instances.ts'
import { call, log, type Turn } from './turn.ts'

/**
 * Asks Mesos how all known tasks are, then for those that are not known; instances of apps that are gone are told to
 * die.
 */
export const reconcile = (turn: Turn): void => {
  const instances = Object.values(turn.world.instances)
  for (const { id, app } of instances) {
    if (turn.world.apps[app]) continue
    log(turn, `WARN  ${id} is of an app that does not exist. Will now decommission.`)
    decommission(turn, id)
  }
  const tasks = instances.flatMap((i) =>
    i.task && launched(i) && i.condition !== 'Provisioned'
      ? [{ task_id: { value: i.task.id }, agent_id: { value: i.task.agent } }]
      : [],
  )
  if (tasks.length > 0) call(turn, { type: 'RECONCILE', reconcile: { tasks } })
  call(turn, { type: 'RECONCILE', reconcile: { tasks: [] } })
}
