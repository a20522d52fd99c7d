import { cleaner, secretsIn } from '../model/clean.ts'
import type { Cluster } from '../model/recipe.ts'
import type { App } from './app/app.ts'
import { readImageFile } from './image/archive.ts'
import type { DeployApp, DeployOptions, DeployRun, DeployVersion, RemoveOptions } from './options.ts'
import { reachCluster } from './reach-cluster.ts'
import { removing } from './remove/removing.ts'
import { deployment } from './rollout/deployment.ts'
import { RefusedError } from './rollout/run.ts'
import { scaling } from './rollout/scaling.ts'
import { type Procedure, runProcedure } from './run-procedure.ts'

/** The longest grace period of an app's health checks, in seconds: Marathon's default is 300, which nobody means. */
const gracePeriod = (app: App | undefined): number => {
  const checks = Array.isArray(app?.definition.healthChecks) ? app.definition.healthChecks : []
  return Math.max(0, ...checks.map((check: { gracePeriodSeconds?: number }) => check.gracePeriodSeconds ?? 0))
}

/** Runs some work on a cluster, and closes its connections in the end. */
function start(
  cluster: Cluster,
  app: string,
  procedure: Procedure,
  options: DeployOptions & { readonly grace?: number },
  secrets: App['secrets'] = [],
): DeployRun {
  const clean = cleaner([...secrets, ...cluster.hosts.flatMap((host) => [...secretsIn(host.vars)])])
  const live = reachCluster(cluster, options.transport, clean)
  const checked: Procedure = (...given) => {
    if (cluster.withRecipe('marathon').length === 0)
      throw new RefusedError('no host of the inventory runs Marathon (the recipe marathon)')
    return procedure(...given)
  }
  const run = runProcedure(live, app, async (...given) => checked(...given), options, clean)
  run.result.catch(() => undefined).finally(() => live.close())
  return run
}

/** Deploys an app file or an older version on a loaded cluster. See {@link DeployRun}. */
export function deployOn(cluster: Cluster, what: DeployApp | DeployVersion, options: DeployOptions): DeployRun {
  if ('to' in what) return start(cluster, what.id, (run, named, note) => deployment(run, what, named, note), options)
  const { app, image } = what
  const procedure: Procedure = async (run, named, note) =>
    deployment(run, { app, ...(image === undefined ? {} : { image: await readImageFile(image) }) }, named, note)
  return start(cluster, app.id, procedure, { ...options, grace: gracePeriod(app) }, app.secrets)
}

/** Removes an app from a loaded cluster. */
export const removeOn = (cluster: Cluster, id: string, options: RemoveOptions): DeployRun =>
  start(cluster, id, (run, named) => removing(run, id, options.check ?? false, named), options)

/** Changes the number of an app's tasks on a loaded cluster. */
export const scaleOn = (cluster: Cluster, id: string, instances: number, options: DeployOptions): DeployRun =>
  start(cluster, id, (run, named) => scaling(run, id, instances, named), options)
