import { type Cluster, type InventoryHost, mesosOf, type Net, reachFrom, type Stranger } from '../../src/index.ts'
import { stranger } from '../common/strangers.ts'
import { agentOf } from './agents.ts'

/** Agents that the masters know and that are not in the inventory. */
export async function strangers(_: InventoryHost, cluster: Cluster, net: Net): Promise<readonly Stranger[]> {
  const { agents } = await mesosOf(cluster, reachFrom(net)).agents()
  return agents.flatMap((agent) =>
    stranger(cluster, 'mesos-agent', (host) => agentOf(host, [agent]) !== undefined, {
      name: agent.hostname,
      says: `Mesos knows its agent${agent.active ? '' : ' (not active)'}`,
    }),
  )
}
