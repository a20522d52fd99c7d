import type { Cluster } from '../model/recipe.ts'
import { applyBehind, type Run, type RunOptions } from './run.ts'

/**
 * Makes hosts what their recipes say: looks, applies what differs, looks again. Balancers of a cloud are seen to by the
 * command line only. @throws PlanFileError where the plan names hosts that the inventory does not have
 */
export const apply = (cluster: Cluster, options: RunOptions): Run =>
  applyBehind(cluster, { ...options, front: undefined })
