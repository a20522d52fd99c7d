import {
  type Cluster,
  type InventoryHost,
  type Marathon,
  MarathonAwayError,
  marathonClient,
  type Net,
  Secret,
  type Turn,
} from '../../src/index.ts'

/** Where Marathon listens. */
export const MARATHON_PORT = 8080

/** Who provision is to Marathon: `user:password`. */
export const credentialsOf = (cluster: Cluster): Secret | undefined =>
  cluster
    .withRecipe('marathon')
    .flatMap((host) => host.vars.marathon?.credentials ?? [])
    .find((value) => value instanceof Secret)

/** How a Marathon's port is reached. */
export const dialTo = (net: Net, host: InventoryHost) => () => net.dial(host.privateAddress, MARATHON_PORT)

/** A client of the cluster's Marathon, as it is reached from a host. */
export function marathonOf(cluster: Cluster, net: Net): Marathon {
  const credentials = credentialsOf(cluster)
  return marathonClient({
    hosts: cluster.withRecipe('marathon').map((host) => ({ name: host.name, dial: dialTo(net, host) })),
    ...(credentials === undefined ? {} : { credentials }),
  })
}

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
    const deployments = await marathonOf(cluster, net).deployments()
    const apps = [...new Set(deployments.flatMap((each) => (each.apps.length > 0 ? each.apps : [each.id])))].sort()
    if (apps.length === 0) return undefined
    return `the deployment of ${apps.slice(0, 3).join(', ')}${apps.length > 3 ? ` and ${apps.length - 3} more` : ''}`
  } catch (error) {
    if (error instanceof MarathonAwayError) return error.runs ? "Marathon's choice of a leader" : undefined
    say(`not for deployments: ${error instanceof Error ? error.message : error}`)
    return undefined
  }
}
