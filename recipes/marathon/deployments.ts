import { type Marathon, MarathonAwayError, marathonOf, reachFrom, type Turn } from '../../src/index.ts'

/**
 * The apps of deployments under way that have tasks of an older version: those alone are ended by a new leader. Of an
 * app that Marathon does not list nobody knows.
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
 * What a change of Marathon's leader would break: a deployment under way, whose old tasks it would kill at once. One
 * that has none (a first version that does not start, say) is nothing to wait for.
 * Nothing that makes the leader change (Marathon, a Mesos master, ZooKeeper, Docker under Marathon) is interrupted
 * meanwhile. Where no Marathon runs, nothing is held up.
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
    say(`not for deployments: ${error instanceof Error ? error.message : error}`)
    return undefined
  }
}
