import { MarathonAwayError, marathonOf, reachFrom, type Turn } from '../../src/index.ts'

/**
 * What a change of Marathon's leader would break: a deployment under way, whose old tasks it would kill at once.
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
    const deployments = await marathonOf(cluster, reachFrom(net)).deployments()
    const apps = [...new Set(deployments.flatMap((each) => (each.apps.length > 0 ? each.apps : [each.id])))].sort()
    if (apps.length === 0) return undefined
    return `the deployment of ${apps.slice(0, 3).join(', ')}${apps.length > 3 ? ` and ${apps.length - 3} more` : ''}`
  } catch (error) {
    if (error instanceof MarathonAwayError) return error.runs ? "Marathon's choice of a leader" : undefined
    say(`not for deployments: ${error instanceof Error ? error.message : error}`)
    return undefined
  }
}
