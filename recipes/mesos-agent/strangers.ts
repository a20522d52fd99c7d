import { type Cluster, type InventoryHost, mesosOf, type Net, reachFrom, type Stranger } from '../../src/index.ts'
import { agentOf } from './agents.ts'

/** Agents that the masters know, of no host of the inventory. */
export async function strangers(_: InventoryHost, cluster: Cluster, net: Net): Promise<readonly Stranger[]> {
  const { agents } = await mesosOf(cluster, reachFrom(net)).agents()
  return agents
    .filter((agent) => !cluster.hosts.some((host) => agentOf(host, [agent])))
    .map(({ hostname, active }) => ({ name: hostname, says: `Mesos knows its agent${active ? '' : ' (not active)'}` }))
}
