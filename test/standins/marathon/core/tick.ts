import { forgetDelays } from './backoff.ts'
import { sendChecks } from './health/checks.ts'
import { type Instance, launched } from './instance.ts'
import { become, expunge, keep, kill, tell } from './instances.ts'
import { forgetReadiness, sendReadiness } from './readiness.ts'
import { reconcile } from './reconcile.ts'
import { type Turn, update } from './turn.ts'
import { specOf } from './world.ts'

/** Unreachable instances are given up after a time, and forgotten after another. */
const giveUp = (turn: Turn, instance: Instance): void => {
  const strategy = specOf(turn.world, instance)?.unreachableStrategy
  if (!strategy || strategy === 'disabled') return
  const away = (turn.now - instance.since) / 1000
  if (instance.condition === 'Unreachable' && away >= strategy.inactiveAfterSeconds) {
    const { since } = instance
    tell(turn, keep(turn, { ...become(instance, 'UnreachableInactive', turn.now), since }), instance)
  }
  if (instance.condition === 'UnreachableInactive' && away >= strategy.expungeAfterSeconds) expunge(turn, instance.id)
}

/** Kills that nobody answered are repeated; so are tasks killed that never came to run. */
const overdue = (turn: Turn, instance: Instance): void => {
  const { killRetry, taskLaunchTimeout } = turn.world.settings
  if (!launched(instance) || instance.condition.startsWith('Unreachable')) return
  const staging = ['Provisioned', 'Staging', 'Starting'].includes(instance.condition)
  const unanswered = instance.killed !== undefined && turn.now - instance.killed >= killRetry
  const late =
    staging && instance.killed === undefined && turn.now - (instance.task?.staged ?? turn.now) >= taskLaunchTimeout
  if (unanswered || late) kill(turn, instance, 0)
}

/** Time passes: `before` is when it was looked at last. */
export const tick = (turn: Turn, before: number): void => {
  const { due, settings } = turn.world
  sendChecks(turn, before)
  sendReadiness(turn, before)
  forgetReadiness(turn)
  for (const instance of Object.values(turn.world.instances)) overdue(turn, instance)
  forgetDelays(turn, (key) => {
    const [app, version] = key.split(' ') as [string, string]
    return turn.world.history[app]?.[version]
  })
  if (turn.now >= due.expunge) {
    for (const instance of Object.values(turn.world.instances))
      if (instance.condition.startsWith('Unreachable')) giveUp(turn, instance)
    update(turn, { due: { ...turn.world.due, expunge: turn.now + settings.expunge[1] } })
  }
  if (turn.now >= due.scale) {
    for (const app of Object.keys(turn.world.apps)) turn.todo.push({ todo: 'scale', app })
    update(turn, { due: { ...turn.world.due, scale: turn.now + settings.scaleApps[1] } })
  }
  if (turn.now >= due.reconcile && turn.world.connected) {
    reconcile(turn)
    update(turn, { due: { ...turn.world.due, reconcile: turn.now + settings.reconciliation[1] } })
  }
}
