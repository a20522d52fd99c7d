import { type Cluster, consulOf, consulPeers, type Host, type Net, type Refusal, type Step } from '../../src/index.ts'
import { membersNow, STAGES } from '../common/membership.ts'
import { RULES, refuseUpgrade } from '../common/upgrades.ts'
import { servers } from '../consul/cluster.ts'
import { JOIN } from '../consul/config.ts'
import { versions } from '../consul/upgrade.ts'

/** The servers that a server's file tells it to join; none for a client, or for another kind of file. */
function readServers(text: string): readonly string[] {
  try {
    const { bootstrap_expect, retry_join } = JSON.parse(text) as { bootstrap_expect?: unknown; retry_join?: unknown }
    return bootstrap_expect === undefined || !Array.isArray(retry_join) ? [] : retry_join.map(bare)
  } catch {
    return []
  }
}

/** An IPv6 address without its brackets. */
const bare = (address: unknown): string => String(address).replace(/^\[|\]$/g, '')

/** The present servers, according to the files on the hosts. */
export const now = (cluster: Cluster, steps: ReadonlyMap<string, readonly Step[]>): readonly string[] | undefined =>
  membersNow(cluster, steps, {
    recipe: 'consul-server',
    file: JOIN,
    key: (host) => host.privateAddress,
    read: readServers,
  })

/** Refuses changes of several servers at once, and upgrades across too many versions. */
export async function refuse(
  host: Host,
  cluster: Cluster,
  steps: readonly Step[],
  net: Net,
): Promise<readonly Refusal[]> {
  const refusals = refuseUpgrade(RULES.consul, 'consul-version', versions(steps))
  const membership = steps.some(({ name }) => name === JOIN) ? await members(host, cluster, net) : undefined
  return membership === undefined ? refusals : [...refusals, membership]
}

/**
 * Compares the present voters, as this host's agent knows them, with the servers of the inventory. There are no voters
 * before the first bootstrap.
 */
async function members(host: Host, cluster: Cluster, net: Net): Promise<Refusal | undefined> {
  const peers = await consulPeers(consulOf(host, net)).catch(() => [])
  if (peers.length === 0) return undefined
  const now = new Set(peers.map((peer) => peer.replace(/:\d+$/, '').replace(/^\[|\]$/g, '')))
  const wanted = new Set(servers(cluster).map(({ privateAddress }) => privateAddress))
  const joining = servers(cluster)
    .filter(({ privateAddress }) => !now.has(privateAddress))
    .map(({ name }) => name)
  const leaving = [...now].filter((address) => !wanted.has(address))
  if (joining.length < 2 && leaving.length < 2) return undefined
  return {
    refusal: 'consul-membership',
    reason: `The cluster runs with ${now.size} ${now.size === 1 ? 'server' : 'servers'}, and ${
      joining.length > 1 ? `${joining.join(' and ')} would join` : `${leaving.join(' and ')} would leave`
    } at once.`,
    remedy: STAGES,
    changes: [],
    everywhere: true,
  }
}
