import {
  type Cluster,
  type Health,
  type InventoryHost,
  lastWords,
  type MasterState,
  masterDial,
  masterState,
  mastersOf,
  mesosOperator,
  type Net,
  namedLeader,
  PORTS,
  reachFrom,
  TransportError,
  zookeeperOf,
} from '../../src/index.ts'
import { vars } from './masters.ts'

/** Can this host reach a serving ZooKeeper? */
async function zookeeperServes(cluster: Cluster, net: Net): Promise<boolean> {
  const states = await Promise.allSettled(
    cluster.withRecipe('zookeeper').map((host) => zookeeperOf(host, reachFrom(net))),
  )
  return states.some((state) => state.status === 'fulfilled' && state.value.server !== undefined)
}

/** A daemon that is red only because there is no ZooKeeper waits for it. */
export const orZookeeper = async (cluster: Cluster, net: Net, health: Health): Promise<Health> =>
  (await zookeeperServes(cluster, net))
    ? health
    : { ...health, says: `${health.says}; no ZooKeeper serves`, waitsFor: 'zookeeper' }

/**
 * A leader is healthy if it has read the registry; a follower, if its replica has caught up and it knows another
 * leader. Missing followers do not make a leader red: each is red itself, and a leader that looked unhealthy would be
 * restarted first.
 */
export async function health(host: InventoryHost, cluster: Cluster, net: Net): Promise<Health> {
  let state: MasterState
  try {
    state = await masterState(masterDial(host, reachFrom(net)), mesosOperator(cluster))
  } catch (error) {
    if (!(error instanceof TransportError && error.failure === 'refused')) throw error
    return {
      green: false,
      down: true,
      says: `not running: port ${PORTS.mesosMaster} refuses${await lastWords(net, 'mesos-master')}`,
    }
  }
  const members = mastersOf(cluster).length
  if (state.elected) return leader(state, members)
  if (!state.recovered) return { green: false, says: 'its replica of the registry has not caught up yet' }
  const named = await namedLeader(masterDial(host, reachFrom(net)))
  if (named === undefined) return orZookeeper(cluster, net, { green: false, says: 'knows no leader' })
  // its old session must expire in ZooKeeper before another one can lead: about 11 s after its restart
  if (named === `${vars(host).hostname ?? host.privateAddress}:${PORTS.mesosMaster}`)
    return { green: false, says: 'still names itself as the leader, which it was before its restart' }
  return { green: true, says: `follower of ${named.replace(/:\d+$/, '')}` }
}

function leader({ serves, ensemble, activeAgents }: MasterState, members: number): Health {
  if (!serves) return { green: false, says: 'elected, but without a quorum: it cannot read the registry', leads: true }
  if (ensemble > members)
    return {
      green: false,
      says: `leader of ${ensemble} masters, and the inventory has ${members}: stop and mask the ones that are not in it, or the registry may be lost`,
      leads: true,
    }
  const agents = `${activeAgents} ${activeAgents === 1 ? 'agent' : 'agents'}`
  return {
    green: true,
    says: members === 1 ? `leader, alone, ${agents}` : `leader, ${ensemble} of ${members} masters, ${agents}`,
    leads: true,
  }
}
