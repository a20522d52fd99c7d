import { versioned } from '../app/difference.ts'
import type { App } from '../app/types.ts'
import { cancel, showPlan } from '../core/deploy/manager.ts'
import { affected, type Plan, type Running } from '../core/deploy/types.ts'
import type { Turn } from '../core/turn.ts'
import { instancesOf, type World } from '../core/world.ts'
import { change, result } from './change.ts'
import { flag, notFound, type Request, type Response } from './http.ts'

const show = (world: World, { plan, step }: Running) => ({
  ...showPlan(plan),
  affectedApps: affected(plan),
  affectedPods: [],
  currentActions: (plan.steps[step - 1] ?? []).map(({ action, app }) => ({
    action,
    app: app.id,
    readinessCheckResults: instancesOf(world, app.id).flatMap((i) => world.ready[i.id]?.result ?? []),
  })),
  currentStep: step,
  totalSteps: plan.steps.length,
})

export const listDeployments = ({ world }: Turn): Response => ({
  status: 200,
  body: Object.values(world.deployments).map((running) => show(world, running)),
})

/** The apps as they were before a plan, whatever else has changed since. */
const reverted = (plan: Plan, apps: Readonly<Record<string, App>>, version: string): Record<string, App> => {
  const out: Record<string, App> = { ...apps }
  for (const id of affected(plan)) {
    const before = plan.original[id]
    if (before === undefined) delete out[id]
    else {
      const { version: _, ...definition } = before
      const now = versioned(out[id], { ...definition, version: before.version }, version)
      out[id] = now === out[id] ? before : now
    }
  }
  return out
}

/**
 * DELETE /v2/deployments/{id}: rolls back, by an upgrade like any other to a version that is fixed once per process; so
 * even the tasks that still run the old definition are old. With force the deployment is only dropped.
 */
export const deleteDeployment = (turn: Turn, request: Request, id: string): Response => {
  const running = turn.world.deployments[id]
  if (!running) throw notFound(`DeploymentPlan ${id} does not exist`)
  if (flag(request, 'force')) {
    cancel(turn, id)
    return { status: 202 }
  }
  const version = turn.world.rollbackVersion
  return result(change(turn, (apps) => reverted(running.plan, apps, version), { force: true, version }))
}
