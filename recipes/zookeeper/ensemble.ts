import {
  type Cluster,
  type Health,
  type InventoryHost,
  lastWords,
  type Mistake,
  type Net,
  PORTS,
  reachFrom,
  retiring,
  TransportError,
  type ZooKeeperState,
  zookeeperOf,
} from '../../src/index.ts'
import { varsOf } from '../common/host.ts'
import { evenNumber } from '../common/membership.ts'
import type { Attributes } from './attributes.ts'

/** What the inventory says of a member; unvalidated, because `check` runs on hosts that may have mistakes. */
export const vars = (host: InventoryHost): Partial<Attributes> => varsOf(host, 'zookeeper')

/** All members, by name. */
export const members = (cluster: Cluster): readonly InventoryHost[] => cluster.withRecipe('zookeeper')

/** What zoo.cfg says of the members. Sorted by id, so that every host gets the same bytes. */
export const memberLines = (cluster: Cluster) =>
  members(cluster)
    .map((host) => ({
      id: vars(host).id as number,
      // No name has a colon; to ask node:net costs 5 ms, the first time.
      address: host.privateAddress.includes(':') ? `[${host.privateAddress}]` : host.privateAddress,
    }))
    .sort((a, b) => a.id - b.id)

/** Duplicate numbers and ensembles of an even size. A missing or wrong number is the schema's business. */
export function check(cluster: Cluster): readonly Mistake[] {
  const hosts = members(cluster)
  // the number of one that leaves is its own until nobody knows it any more
  const numbered = [...retiring(cluster, 'zookeeper'), ...hosts]
  const seen = new Map<number, string>()
  const mistakes: Mistake[] = []
  for (const host of numbered) {
    const { id } = vars(host)
    if (id === undefined) continue
    const other = seen.get(id)
    if (other !== undefined)
      mistakes.push({
        path: `hosts.${host.name}.vars.zookeeper.id`,
        message: `${id} is the number of ${other}, too; every member needs its own`,
      })
    else seen.set(id, host.name)
  }
  return [...mistakes, ...evenNumber('zookeeper', hosts)]
}

const stateOf = (host: InventoryHost, net: Net): Promise<ZooKeeperState> => zookeeperOf(host, reachFrom(net))

/**
 * How many members the ensemble that runs has by its leader's own configuration, seen from this host; 0 where none
 * serves.
 */
export async function runningSize(cluster: Cluster, net: Net): Promise<number> {
  const states = await Promise.allSettled(members(cluster).map((host) => stateOf(host, net)))
  const serving = states.flatMap((s) => (s.status === 'fulfilled' && s.value.server !== undefined ? [s.value] : []))
  const leader = serving.find((s) => s.followers !== undefined)
  return leader?.followers === undefined ? serving.length : leader.followers.wanted + 1
}

/**
 * A member is well when it follows or leads. A leader's followers are counted but do not make it red: each missing one
 * is red itself, and a leader that looked down would be the first to be restarted.
 */
export async function health(host: InventoryHost, cluster: Cluster, net: Net): Promise<Health> {
  let state: ZooKeeperState
  try {
    state = await stateOf(host, net)
  } catch (error) {
    if (error instanceof TransportError && error.failure === 'refused')
      return {
        green: false,
        down: true,
        says: `not running: port ${PORTS.zookeeper} refuses${await lastWords(net, 'zookeeper')}`,
      }
    throw error
  }
  const { server, followers } = state
  const alone = members(cluster).length === 1
  if (server === undefined) {
    // Of two, none serves without the other. One that does was told of other members, of one or of three, and this one
    // cannot join it before it is restarted, too; a third or fourth can.
    const expected = members(cluster).length === 2 && (await runningSize(cluster, net)) > 0
    return expected
      ? { green: true, says: 'up; the other member knows of other members yet' }
      : { green: false, down: true, says: 'up, but in no quorum' }
  }
  if (server.mode === 'standalone') {
    return alone
      ? { green: true, says: 'standalone', leads: true }
      : { green: false, says: 'standalone: it knows nothing of the other members' }
  }
  if (followers === undefined) return { green: true, says: server.mode }
  const { synced, wanted } = followers
  return {
    green: synced >= wanted / 2,
    says: wanted === 0 ? 'leader, alone' : `leader, ${synced} of ${wanted} followers in sync`,
    leads: true,
  }
}
