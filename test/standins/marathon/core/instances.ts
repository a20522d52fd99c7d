import { instanceId, timeUuid } from './ids.ts'
import type { Condition, Instance } from './instance.ts'
import { launched } from './instance.ts'
import { call, drop, emit, put, serial, type Turn } from './turn.ts'
import { specOf } from './world.ts'

/**
 * How long after the decision a kill goes out: the real one writes the instance's new goal first, and a task was seen
 * told to die 61 ms after its successor was healthy.
 */
const KILL_AFTER = 50

/** Tells who listens how an instance is now, whether or not its condition is another. */
export const tell = (turn: Turn, instance: Instance, before: Instance | undefined): void => {
  emit(turn, 'instance_changed_event', {
    instanceId: instance.id,
    condition: instance.condition,
    runSpecId: instance.app,
    agentId: instance.task?.agent ?? null,
    host: instance.task?.host ?? null,
    runSpecVersion: instance.version,
  })
  turn.todo.push({ todo: 'changed', instance, before })
}

export const keep = (turn: Turn, instance: Instance): Instance => {
  put(turn, 'instances', instance.id, instance)
  return instance
}

/** A new condition; the time it has been active for starts with Running. */
export const become = (instance: Instance, condition: Condition, now: number): Instance => ({
  ...instance,
  condition,
  since: instance.condition === condition ? instance.since : now,
  ...(condition === 'Running' && instance.activeSince === undefined && { activeSince: now }),
})

/** Forgets an instance and all that was known of it. */
export const expunge = (turn: Turn, id: string): void => {
  drop(turn, 'instances', id)
  drop(turn, 'health', id)
  drop(turn, 'told', id)
  drop(turn, 'ready', id)
  drop(turn, 'condemned', id)
}

/** Puts instances of a version into the launch queue. */
export const schedule = (turn: Turn, app: string, version: string, count: number): void => {
  for (let i = 0; i < count; i++) {
    const id = instanceId(app, timeUuid(turn.now, serial(turn), turn.world.node))
    const instance = keep(turn, {
      id,
      app,
      version,
      goal: 'Running',
      condition: 'Scheduled',
      since: turn.now,
      incarnation: 0,
    })
    tell(turn, instance, undefined)
  }
}

/** Asks Mesos to end an instance's task. */
export const kill = (turn: Turn, instance: Instance, after = KILL_AFTER): void => {
  const { task } = instance
  if (!task) return
  const grace = specOf(turn.world, instance)?.taskKillGracePeriodSeconds
  keep(turn, { ...instance, killed: turn.now })
  const policy = grace === undefined ? {} : { kill_policy: { grace_period: { nanoseconds: grace * 1e9 } } }
  call(turn, { type: 'KILL', kill: { task_id: { value: task.id }, agent_id: { value: task.agent }, ...policy } }, after)
}

/** An instance is to go for good. One that has no process goes at once; its event still says what it was. */
export const decommission = (turn: Turn, id: string): void => {
  const before = turn.world.instances[id]
  if (!before || before.goal === 'Decommissioned') return
  const instance = keep(turn, { ...before, goal: 'Decommissioned' })
  tell(turn, instance, before)
  if (launched(instance) && !instance.condition.startsWith('Unreachable')) kill(turn, instance)
  else expunge(turn, id)
}
