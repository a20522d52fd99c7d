import { type Cluster, consulMembers, consulOf, type InventoryHost, type Net, type Stranger } from '../../src/index.ts'
import { stranger } from '../common/strangers.ts'
import { mayAsk } from './cluster.ts'

/** Agents that run, or have failed, and are not in the inventory. Agents that have left disappear soon. */
export async function strangers(host: InventoryHost, cluster: Cluster, net: Net): Promise<readonly Stranger[]> {
  const consul = consulOf(host, net)
  if (!mayAsk(host, consul)) return []
  const here = (await consulMembers(consul)).filter(({ status }) => status === 'alive' || status === 'failed')
  return here.flatMap(({ name, status, server }) =>
    stranger(cluster, server ? 'consul-server' : 'consul', (each) => each.name === name, {
      name,
      says: `Consul knows it as a ${server ? 'server' : 'client'} (${status})`,
    }),
  )
}
