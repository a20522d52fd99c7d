import type { Cluster } from '../model/recipe.ts'
import { applyBehind, checkRun, type Run, type RunOptions } from './run.ts'

/**
 * Makes hosts match their recipes: observes them, applies what differs, and verifies the result. Asks no cloud: a host
 * behind balancers is drained by `front`, or not interrupted. @throws PlanFileError if the plan names hosts that are
 * not in the inventory; TypeError if an argument is wrong
 */
export function apply(cluster: Cluster, options: RunOptions): Run {
  checkRun('apply', cluster, options)
  return applyBehind(cluster, { ...options, front: options.front })
}
