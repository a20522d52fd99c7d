import type { Response } from '../api/http.ts'
import { answer } from '../api/router.ts'
import { hasHealthChecks } from '../app/types.ts'
import { deploy } from './deploy/manager.ts'
import type { Effect } from './effect.ts'
import { checked } from './health/checks.ts'
import { watchHealth } from './health/watch.ts'
import type { Input } from './input.ts'
import { offered } from './offers.ts'
import { readinessChecked } from './readiness.ts'
import { reviveOrSuppress } from './revive.ts'
import { settle } from './settle.ts'
import { tick } from './tick.ts'
import { emit, type Turn, update } from './turn.ts'
import { statusUpdate } from './updates.ts'
import { specOf, type World } from './world.ts'

/** A new leader begins: deployments start again from their first step, under their ids; health is not known yet. */
const elected = (turn: Turn, input: Extract<Input, { on: 'elected' }>): void => {
  const { reconciliation, scaleApps, expunge } = turn.world.settings
  update(turn, {
    due: { reconcile: turn.now + reconciliation[0], scale: turn.now + scaleApps[0], expunge: turn.now + expunge[0] },
  })
  for (const plan of input.plans) deploy(turn, plan, false)
  for (const instance of Object.values(turn.world.instances)) {
    const app = specOf(turn.world, instance)
    if (app && hasHealthChecks(app)) watchHealth(turn, app)
  }
}

const take = (turn: Turn, input: Input): Response | undefined => {
  switch (input.on) {
    case 'elected':
      elected(turn, input)
      return undefined
    case 'tick':
      tick(turn, input.before)
      return undefined
    case 'request':
      return answer(turn, input.request)
    case 'subscribed':
      update(turn, {
        frameworkId: input.frameworkId,
        connected: true,
        revive: { last: 0, suppressed: false, covered: [], repeats: 0 },
      })
      return undefined
    case 'lost':
      update(turn, { connected: false })
      return undefined
    case 'disconnected':
      emit(turn, 'scheduler_disconnected_event')
      return undefined
    case 'offers':
      offered(turn, input.offers)
      return undefined
    case 'status':
      statusUpdate(turn, input.status)
      return undefined
    case 'probed':
      if (input.probe.kind === 'health')
        checked(turn, input.probe.instance, input.probe.task, input.probe.check, input.result)
      else readinessChecked(turn, input.probe.instance, input.probe.task, input.result)
      return undefined
  }
}

export interface Outcome {
  readonly world: World
  readonly effects: readonly Effect[]
  /** To a request. */
  readonly response?: Response
}

/** The whole machine: what is, and what happens, give what is then and what is to be done. */
export const step = (world: World, input: Input, now: number): Outcome => {
  const turn: Turn = { world, now, out: [], todo: [] }
  const response = take(turn, input)
  settle(turn)
  reviveOrSuppress(turn)
  return { world: turn.world, effects: turn.out, ...(response && { response }) }
}
