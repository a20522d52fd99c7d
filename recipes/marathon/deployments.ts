import { type Marathon, MarathonAwayError, marathonOf, reachFrom, type Turn } from '../../src/index.ts'

/**
 * The apps of current deployments that have tasks of an older version: a new leader would kill only those. Includes
 * apps that Marathon does not list, because their tasks are unknown.
 */
async function replaced(marathon: Marathon): Promise<readonly string[]> {
  const deployments = await marathon.deployments()
  if (deployments.length === 0) return []
  const known = new Map((await marathon.apps()).map((app) => [app.id, app]))
  const hasOld = (id: string): boolean => {
    const app = known.get(id)
    return app === undefined || app.tasks.some(({ version }) => version !== '' && version < app.configVersion)
  }
  const apps = deployments.flatMap((each) => (each.apps.length > 0 ? each.apps : [each.id]))
  return [...new Set(apps)].filter(hasOld).sort()
}

/**
 * Deployments that a change of Marathon's leader would break, because the new leader would kill their old tasks at
 * once. A deployment without old tasks (such as a first version that does not start) is not worth waiting for. Until
 * these end, nothing that changes the leader (Marathon, a Mesos master, ZooKeeper, Docker under Marathon) is
 * interrupted. Without a running Marathon, nothing waits.
 */
export async function holdsDeployments({
  cluster,
  net,
  say,
}: Pick<Turn, 'cluster' | 'net' | 'say'>): Promise<string | undefined> {
  if (cluster.withRecipe('marathon').length === 0) return undefined
  try {
    const apps = await replaced(marathonOf(cluster, reachFrom(net)))
    if (apps.length === 0) return undefined
    return `the deployment of ${apps.slice(0, 3).join(', ')}${apps.length > 3 ? ` and ${apps.length - 3} more` : ''}`
  } catch (error) {
    if (error instanceof MarathonAwayError) return error.runs ? "Marathon's choice of a leader" : undefined
    say(`no deployments, since Marathon does not list them: ${error instanceof Error ? error.message : error}`)
    return undefined
  }
}
