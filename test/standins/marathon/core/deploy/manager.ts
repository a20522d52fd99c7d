import { releaseLocks, takeLocks } from '../locks.ts'
import { drop, emit, put, type Turn } from '../turn.ts'
import type { World } from '../world.ts'
import { actionDone, beginAction, type News, stopped, tellAction } from './actions.ts'
import { type Action, affected, type Plan, type Running } from './types.ts'

const CANCELLED = 'The upgrade has been cancelled'
/** Also the answer to the request; the placeholder is the real one's. */
export const LOCKED =
  "App is locked by one or more deployments. Override with the option '?force=true'. View details at '/v2/deployments/<DEPLOYMENT_ID>'."

const show = (actions: readonly Action[]) => ({ actions: actions.map(({ action, app }) => ({ action, app: app.id })) })

/** A plan as the API and the events show it. */
export const showPlan = (plan: Plan) => ({ id: plan.id, steps: plan.steps.map(show), version: plan.version })

/** Ids of the running deployments that have an app in common with a plan. */
const conflicts = (world: World, plan: Plan): string[] => {
  const apps = new Set(affected(plan))
  return Object.values(world.deployments)
    .filter((running) => affected(running.plan).some((app) => apps.has(app)))
    .map((running) => running.plan.id)
}

const stepOf = ({ plan, step }: Running): readonly Action[] => plan.steps[step - 1] ?? []

/** Goes to the next step, or ends a deployment that has no more. */
const nextStep = (turn: Turn, running: Running): void => {
  const { plan, lock } = running
  if (running.step >= plan.steps.length) {
    drop(turn, 'deployments', plan.id)
    releaseLocks(turn, affected(plan), lock)
    emit(turn, 'deployment_success', { id: plan.id, plan: showPlan(plan) })
    return
  }
  const next: Running = { ...running, step: running.step + 1, progress: [] }
  emit(turn, 'deployment_info', { plan: showPlan(plan), currentStep: show(stepOf(next)) })
  put(turn, 'deployments', plan.id, { ...next, progress: stepOf(next).map((action) => beginAction(turn, action)) })
  advance(turn, plan.id)
}

/** Ends a step all of whose actions are done. */
export const advance = (turn: Turn, id: string): void => {
  const running = turn.world.deployments[id]
  if (!running?.progress.every(actionDone)) return
  for (const action of stepOf(running)) if (action.action === 'StopApplication') stopped(turn, action)
  emit(turn, 'deployment_step_success', { plan: showPlan(running.plan), currentStep: show(stepOf(running)) })
  nextStep(turn, running)
}

/** Drops a deployment and leaves everything as it is. */
export const cancel = (turn: Turn, id: string): void => {
  const running = turn.world.deployments[id]
  if (!running) return
  drop(turn, 'deployments', id)
  releaseLocks(turn, affected(running.plan), running.lock)
  emit(turn, 'deployment_failed', { id, plan: showPlan(running.plan), reason: CANCELLED })
}

/**
 * Starts a deployment. One that is refused has taken the locks of its apps all the same, and gives them back: to
 * nobody.
 */
export const deploy = (turn: Turn, plan: Plan, force: boolean): { readonly refusedBy: readonly string[] } => {
  const running = conflicts(turn.world, plan)
  const lock = takeLocks(turn, affected(plan))
  if (running.length > 0 && !force) {
    releaseLocks(turn, affected(plan), lock)
    emit(turn, 'deployment_failed', { id: plan.id, plan: showPlan(plan), reason: LOCKED })
    return { refusedBy: running }
  }
  for (const id of running) cancel(turn, id)
  nextStep(turn, { plan, step: 0, progress: [], lock })
  return { refusedBy: [] }
}

/** Tells every running deployment what has happened to an instance. */
export const tellDeployments = (turn: Turn, app: string, version: string, news: News): void => {
  for (const running of Object.values(turn.world.deployments)) {
    const progress = running.progress.map((one) => tellAction(turn, one, app, version, news))
    if (progress.every((one, index) => one === running.progress[index])) continue
    put(turn, 'deployments', running.plan.id, { ...running, progress })
    turn.todo.push({ todo: 'advance', deployment: running.plan.id })
  }
}
