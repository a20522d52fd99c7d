import { setTimeout as sleep } from 'node:timers/promises'
import { MesosAwayError } from '../clients/mesos/mesos.ts'
import { cleaner, secretsIn } from '../model/clean.ts'
import type { Cluster } from '../model/recipe.ts'
import type { Transport } from '../transport/transport.ts'
import type { App } from './app/app.ts'
import { balancing } from './balance/balancing.ts'
import { shiftsOf, together } from './balance/shifts.ts'
import { readImageFile } from './image/archive.ts'
import type { BalanceOptions, DeployApp, DeployOptions, DeployRun, DeployVersion, RemoveOptions } from './options.ts'
import { reachCluster } from './reach-cluster.ts'
import { removing } from './remove/removing.ts'
import { replacement } from './replacement.ts'
import { deployment } from './rollout/deployment.ts'
import { RefusedError } from './rollout/run.ts'
import { scaling } from './rollout/scaling.ts'
import { type Procedure, runProcedure } from './run-procedure.ts'

/** How many milliseconds a hint may take. */
const HINT = 3000

/** An app with all its tasks on one slave, and the slave's name in the inventory. */
export interface Together {
  readonly app: string
  readonly host: string
  readonly tasks: number
}

/**
 * The longest grace period of an app's health checks, in seconds. Marathon's default of 300 is ignored: nobody wants
 * it.
 */
const gracePeriod = (app: App | undefined): number => {
  const checks = Array.isArray(app?.definition.healthChecks) ? app.definition.healthChecks : []
  return Math.max(0, ...checks.map((check: { gracePeriodSeconds?: number }) => check.gracePeriodSeconds ?? 0))
}

/** @throws RefusedError if no host runs Marathon */
function needMarathon(cluster: Cluster): void {
  if (cluster.withRecipe('marathon').length === 0)
    throw new RefusedError('no host of the inventory runs Marathon (the recipe marathon)')
}

/** Starts a procedure on a cluster, and closes its connections at the end. */
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
    needMarathon(cluster)
    return procedure(...given)
  }
  const run = runProcedure(live, app, async (...given) => checked(...given), options, clean)
  run.result.catch(() => undefined).finally(() => live.close())
  return run
}

/** Deploys an app file or an older version on a loaded cluster. See {@link DeployRun}. */
export function deployOn(cluster: Cluster, what: DeployApp | DeployVersion, options: DeployOptions): DeployRun {
  if ('to' in what) return start(cluster, what.id, (run, named, note) => deployment(run, what, named, note), options)
  const { app, image, replaces } = what
  const procedure: Procedure = async (run, named, note) => {
    const wanted = { app, ...(image === undefined ? {} : { image: await readImageFile(image) }) }
    if (replaces === undefined) return deployment(run, wanted, named, note)
    return replacement(run, { ...wanted, replaces }, named, note)
  }
  return start(cluster, app.id, procedure, { ...options, grace: gracePeriod(app) }, app.secrets)
}

/** Removes an app from a loaded cluster. */
export const removeOn = (cluster: Cluster, id: string, options: RemoveOptions): DeployRun =>
  start(cluster, id, (run, named) => removing(run, id, options.check ?? false, named), options)

/** Balances the tasks of an app over the slaves of a loaded cluster. */
export const balanceOn = (cluster: Cluster, id: string, options: BalanceOptions): DeployRun =>
  start(cluster, id, (run, named) => balancing(run, id, options.check ?? false, named), options)

/** The apps of a loaded cluster that balancing would change. @throws RefusedError if no host runs Marathon */
export async function unevenOn(cluster: Cluster, transport: Transport): Promise<readonly string[]> {
  needMarathon(cluster)
  const live = reachCluster(cluster, transport, (text) => text)
  try {
    const [apps, agents] = await Promise.all([live.marathon.apps(), live.gates.agents()])
    if (agents === undefined) throw new MesosAwayError('the Mesos masters do not say what the slaves have free', false)
    return apps.filter((app) => shiftsOf(app, agents).length > 0).map(({ id }) => id)
  } finally {
    await live.close()
  }
}

/** Apps that have all their tasks on one slave although others could take some; empty if the answer takes too long. */
export async function togetherOn(cluster: Cluster, transport: Transport): Promise<readonly Together[]> {
  const live = reachCluster(cluster, transport, (text) => text)
  const look = async (): Promise<readonly Together[]> => {
    const [apps, agents = []] = await Promise.all([live.marathon.apps(), live.agents()])
    return apps.flatMap((app) => {
      const host = together(app, agents)
      return host === undefined ? [] : [{ app: app.id, host: live.name(host), tasks: app.tasks.length }]
    })
  }
  try {
    return await Promise.race([look().catch(() => []), sleep(HINT, [], { ref: false })])
  } finally {
    await live.close()
  }
}

/** Changes an app's number of tasks on a loaded cluster. */
export const scaleOn = (cluster: Cluster, id: string, instances: number, options: DeployOptions): DeployRun =>
  start(cluster, id, (run, named) => scaling(run, id, instances, named), options)
