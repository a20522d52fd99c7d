import {
  type Cluster,
  type InventoryHost,
  type Mesos,
  type MesosCredential,
  mesosClient,
  type Net,
} from '../../src/index.ts'
import { varsOf } from '../common/host.ts'
import type { Attributes } from './attributes.ts'

/** Where masters listen. */
export const MASTER_PORT = 5050

/** What the inventory says of a master; unvalidated where it is asked for in `check`. */
export const vars = (host: InventoryHost): Partial<Attributes> => varsOf(host, 'mesos-master')

/** All masters, by name. */
export const mastersOf = (cluster: Cluster): readonly InventoryHost[] => cluster.withRecipe('mesos-master')

/** Who provision is to the masters. */
export const operatorOf = (cluster: Cluster): MesosCredential | undefined =>
  mastersOf(cluster).flatMap((host) => vars(host).operator ?? [])[0]

/** More than half of so many. */
export const majority = (masters: number): number => Math.floor(masters / 2) + 1

/** How a master's port is reached. */
export const dialTo = (net: Net, host: InventoryHost) => () => net.dial(host.privateAddress, MASTER_PORT)

/** A client of the masters, as they are reached from a host. */
export function clientOf(cluster: Cluster, net: Net): Mesos {
  const credential = operatorOf(cluster)
  return mesosClient({
    masters: mastersOf(cluster).map((host) => ({ name: host.name, dial: dialTo(net, host) })),
    ...(credential === undefined ? {} : { credential }),
  })
}
