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

/** A member's variables; unvalidated, because `check` runs on hosts that may have mistakes. */
export const vars = (host: InventoryHost): Partial<Attributes> => varsOf(host, 'zookeeper')

/** All members, by name. */
export const members = (cluster: Cluster): readonly InventoryHost[] => cluster.withRecipe('zookeeper')

/** The member lines of zoo.cfg. Sorted by id, so that every host gets the same bytes. */
export const memberLines = (cluster: Cluster) =>
  members(cluster)
    .map((host) => ({
      id: vars(host).id as number,
      // No name has a colon; calling node:net would cost 5 ms the first time.
      address: host.privateAddress.includes(':') ? `[${host.privateAddress}]` : host.privateAddress,
    }))
    .sort((a, b) => a.id - b.id)

/** Duplicate numbers and ensembles of an even size. The schema reports a missing or wrong number. */
export function check(cluster: Cluster): readonly Mistake[] {
  const hosts = members(cluster)
  // a leaving member owns its number until no member knows it any more
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
 * The size of the running ensemble according to its leader's configuration, seen from this host; 0 if no member serves.
 */
export async function runningSize(cluster: Cluster, net: Net): Promise<number> {
  const states = await Promise.allSettled(members(cluster).map((host) => stateOf(host, net)))
  const serving = states.flatMap((s) => (s.status === 'fulfilled' && s.value.server !== undefined ? [s.value] : []))
  const leader = serving.find((s) => s.followers !== undefined)
  return leader?.followers === undefined ? serving.length : leader.followers.wanted + 1
}

/**
 * A member is healthy if it follows or leads. Missing followers do not make a leader red: each is red itself, and a
 * leader that looked unhealthy would be restarted first.
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
    // Of two members, neither serves without the other. If one serves, it was configured with other members, one or
    // three, and this one cannot join before that one restarts; a third or fourth member can.
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
