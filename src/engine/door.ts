import type { Cluster } from '../model/recipe.ts'
import { applyBehind, type Run, type RunOptions } from './run.ts'

/**
 * Makes hosts match their recipes: observes them, applies what differs, and verifies the result. Does not drain a
 * cloud's balancers; only the command line does that. @throws PlanFileError if the plan names hosts that are not in the
 * inventory
 */
export const apply = (cluster: Cluster, options: RunOptions): Run =>
  applyBehind(cluster, { ...options, front: undefined })
