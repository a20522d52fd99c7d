import {
  type Cluster,
  type InventoryHost,
  type Net,
  reachFrom,
  type Stranger,
  zookeeperMembers,
} from '../../src/index.ts'
import { stranger } from '../common/strangers.ts'

/** Members of the running ensemble, according to one member's configuration, that are not in the inventory. */
export async function strangers(host: InventoryHost, cluster: Cluster, net: Net): Promise<readonly Stranger[]> {
  const members = await zookeeperMembers(host, reachFrom(net))
  return members.flatMap((address) =>
    stranger(cluster, 'zookeeper', ({ privateAddress }) => privateAddress === address, {
      name: address,
      says: "ZooKeeper's configuration has it as a member",
    }),
  )
}
