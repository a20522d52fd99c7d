import { type Cluster, consulMembers, consulOf, type InventoryHost, type Net, type Stranger } from '../../src/index.ts'
import { mayAsk } from './cluster.ts'

/** Agents that run, or have failed, of no host of the inventory. Those that have left are gone from the others soon. */
export async function strangers(host: InventoryHost, { hosts }: Cluster, net: Net): Promise<readonly Stranger[]> {
  const consul = consulOf(host, net)
  if (!mayAsk(host, consul)) return []
  const known = new Set(hosts.map(({ name }) => name))
  return (await consulMembers(consul))
    .filter(({ name, status }) => !known.has(name) && (status === 'alive' || status === 'failed'))
    .map(({ name, status, server }) => ({
      name,
      says: `Consul knows it as a ${server ? 'server' : 'client'} (${status})`,
    }))
}
