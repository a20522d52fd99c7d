import type { InventoryHost } from '../../model/host.ts'
import { fourLetterWord, parseMembers, type ZooKeeperState, zookeeperState } from '../zookeeper.ts'
import { PORTS } from './ports.ts'
import type { Reach } from './reach.ts'

/** The state of a host's ZooKeeper server. @throws as {@link zookeeperState} */
export const zookeeperOf = (host: InventoryHost, reach: Reach): Promise<ZooKeeperState> =>
  zookeeperState(reach(host, PORTS.zookeeper))

/** The addresses of the members that a host's server knows. @throws if it does not allow that query */
export const zookeeperMembers = async (host: InventoryHost, reach: Reach): Promise<readonly string[]> =>
  parseMembers(await fourLetterWord(reach(host, PORTS.zookeeper), 'conf'))
