import {
  type Cluster,
  type InventoryHost,
  type Net,
  reachFrom,
  type Stranger,
  zookeeperMembers,
} from '../../src/index.ts'

/** Members of the ensemble that runs, by the configuration of one of them, at addresses of no host of the inventory. */
export async function strangers(host: InventoryHost, { hosts }: Cluster, net: Net): Promise<readonly Stranger[]> {
  const known = new Set(hosts.map(({ privateAddress }) => privateAddress))
  return (await zookeeperMembers(host, reachFrom(net)))
    .filter((address) => !known.has(address))
    .map((name) => ({ name, says: "ZooKeeper's configuration has it as a member" }))
}
