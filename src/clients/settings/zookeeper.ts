import type { InventoryHost } from '../../model/host.ts'
import { type ZooKeeperState, zookeeperState } from '../zookeeper.ts'
import { PORTS } from './ports.ts'
import type { Reach } from './reach.ts'

/** The state of a host's ZooKeeper server. @throws as {@link zookeeperState} */
export const zookeeperOf = (host: InventoryHost, reach: Reach): Promise<ZooKeeperState> =>
  zookeeperState(reach(host, PORTS.zookeeper))
