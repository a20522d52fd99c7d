import { propose } from './deploy/proposition.ts'
import { type Instance, lost } from './instance.ts'
import { locked, releaseLocks, takeLocks } from './locks.ts'
import { drop, put, type Turn } from './turn.ts'
import { instancesOf } from './world.ts'

/**
 * Brings an app to its number of instances outside of a deployment: after a task has ended, and every few minutes. It
 * looks at the number alone, so what a dropped or unlocked deployment has left over dies here, healthy old tasks too.
 */
export const scaleApp = (turn: Turn, id: string): void => {
  const app = turn.world.apps[id]
  if (!app || locked(turn, id)) return
  const { kill, start } = propose(app, instancesOf(turn.world, id), app.instances)
  if (kill.length > 0) {
    const lock = takeLocks(turn, [id])
    put(turn, 'scalings', id, { lock, waiting: kill.map((i) => i.id) })
    for (const instance of kill) turn.todo.push({ todo: 'decommission', id: instance.id })
  }
  if (start > 0) turn.todo.push({ todo: 'schedule', app: id, version: app.version, count: start })
}

/** What a scaling waited for has gone: its lock goes too. */
export const scalingChanged = (turn: Turn, instance: Instance): void => {
  const scaling = turn.world.scalings[instance.app]
  if (!scaling?.waiting.includes(instance.id) || instance.goal === 'Running') return
  if (!lost(instance.condition) && instance.condition !== 'Scheduled') return
  const waiting = scaling.waiting.filter((id) => id !== instance.id)
  put(turn, 'scalings', instance.app, { ...scaling, waiting })
  if (waiting.length > 0) return
  drop(turn, 'scalings', instance.app)
  releaseLocks(turn, [instance.app], scaling.lock)
}
