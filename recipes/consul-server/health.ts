import { setTimeout as sleep } from 'node:timers/promises'
import {
  type Cluster,
  type Consul,
  type ConsulAutopilot,
  ConsulError,
  type ConsulSelf,
  type ConsulServer,
  consulAutopilot,
  consulOf,
  consulPeers,
  consulSelf,
  type Health,
  type InventoryHost,
  type Net,
} from '../../src/index.ts'
import { mayAsk, servers } from '../consul/cluster.ts'
import { AGENT_TOKEN, LEADER_SILENT, type Lead, lead } from '../consul/health.ts'

/** An election takes up to 3 s (raft_multiplier 1); a check during one must not report the members as lost. */
const ELECTION = { every: 500, times: 8 }

async function patientLead(host: InventoryHost, consul: Consul, net: Net): Promise<Lead> {
  for (let n = 1; ; n++) {
    const found = await lead(host, consul, net)
    if (!('leaderless' in found) || n === ELECTION.times) return found
    await sleep(ELECTION.every)
  }
}

/** What makes a server unhealthy for autopilot: more than 200 ms without contact, as on a host short of CPU time. */
const ailment = ({ serf, lastContact }: ConsulServer): string =>
  serf === 'alive' ? `it is alive, and last heard from the leader ${lastContact} before` : `gossip calls it ${serf}`

/** Servers that vote and that the inventory does not have, as the end of a sentence. */
const unknown = (strangers: readonly string[]): string =>
  strangers.length === 0
    ? ''
    : `; ${strangers.join(', ')} ${strangers.length === 1 ? 'is' : 'are'} not in the inventory`

/**
 * A server's health, from the leader's view of all servers, and from what it says of itself. The leader's view is some
 * seconds old: it may not have noticed yet that this server was away, or is another one than before. Pure.
 */
export function judge(
  names: readonly string[],
  { failureTolerance, servers: all }: ConsulAutopilot,
  self: ConsulSelf,
): Health {
  const own = all.find(({ id }) => id === self.id)
  // Autopilot calls itself healthy without any servers, right after a start and after a leader's death.
  if (own === undefined) return { green: false, says: `not yet among the ${all.length} servers that the leader counts` }
  const role = own.leader ? 'leader' : 'follower'
  const leads = own.leader ? { leads: true } : {}
  if (!own.healthy) return { green: false, says: `the leader does not find it healthy: ${ailment(own)}`, ...leads }
  if (!own.voter) return { green: false, says: 'has no vote yet', ...leads }
  const behind = Math.max(...all.map((s) => s.lastIndex)) - self.applied
  if (behind > 0) return { green: false, says: `${role}, ${behind} entries behind`, ...leads }
  const well = names.filter((n) => all.some((s) => s.name === n && s.healthy && s.voter)).length
  const strangers = all.filter((s) => !names.includes(s.name)).map((s) => s.name)
  const count = `${role}, ${well} of ${names.length} servers healthy`
  const more = unknown(strangers)
  // Missing servers of the inventory are red themselves. If none is missing and still none may fail, there are voters
  // that no longer exist.
  const green = well < names.length || names.length < 3 || failureTolerance >= 1
  return { green, says: green ? `${count}${more}` : `${count}, but none may fail${more}`, ...leads }
}

/** A server is healthy if the leader counts it as a healthy voter, and the servers can lose one. */
export async function health(host: InventoryHost, cluster: Cluster, net: Net): Promise<Health> {
  const consul = consulOf(host, net)
  const found = await patientLead(host, consul, net)
  if ('red' in found) return found.red
  if ('leaderless' in found) return { green: false, down: true, says: `up, but ${found.leaderless}` }
  const members = servers(cluster)
  try {
    if (!mayAsk(host, consul)) return byAddress(host, members, found.leader, await consulPeers(consul))
    const autopilot = await consulAutopilot(consul)
    return judge(
      members.map(({ name }) => name),
      autopilot,
      await consulSelf(consul),
    )
  } catch (error) {
    if (!(error instanceof ConsulError)) throw error
    if (error.leaderSilent) return { green: false, down: true, says: `up, but ${LEADER_SILENT}` }
    if (error.status !== 403) throw error
    return {
      green: false,
      variable: AGENT_TOKEN,
      says: `its token, ${AGENT_TOKEN}, may not ask how the servers are (it needs operator:read and agent:read): ${error.message}`,
    }
  }
}

/** Everything that is known without a token: the leader, and which servers can vote. */
export function byAddress(
  { privateAddress }: InventoryHost,
  members: readonly InventoryHost[],
  leader: string,
  peers: readonly string[],
): Health {
  const [leads, ...all] = [leader, ...peers].map((address) => address.replace(/:\d+$/, '').replace(/^\[|\]$/g, ''))
  if (!all.includes(privateAddress)) return { green: false, says: `not yet among the ${all.length} servers that vote` }
  const role = leads === privateAddress ? 'leader' : 'follower'
  const voting = members.filter((each) => all.includes(each.privateAddress)).length
  const strangers = all.filter((address) => !members.some((each) => each.privateAddress === address))
  return {
    green: voting >= members.length,
    says: `${role} among ${voting} of ${members.length} servers${unknown(strangers)}; their health is unknown without a token`,
    ...(role === 'leader' ? { leads: true } : {}),
  }
}
