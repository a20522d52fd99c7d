import { type Cluster, consulMembers, consulOf, type Host, type Net, type Refusal, type Step } from '../../src/index.ts'
import { runs } from '../common/host.ts'
import { packageVersions, RULES, refuseAhead } from '../common/upgrades.ts'

const unpackedAt = (path = ''): string | undefined => /^\/opt\/consul-(\d\S*)\/consul$/.exec(path)?.[1]

/** The versions of Consul before and after a host's steps, if both are known. */
export function versions(steps: readonly Step[]): { readonly from: string; readonly to: string } | undefined {
  for (const { type, name, changes } of steps)
    for (const { attribute, from, to } of type === 'link' && name.endsWith('/consul') ? changes : []) {
      const [was, wants] = attribute === 'to' ? [unpackedAt(from), unpackedAt(to)] : []
      if (was !== undefined && wants !== undefined) return { from: was, to: wants }
    }
  return packageVersions(steps, (name) => name.startsWith('consul'))
}

/** Refuses a client that would be newer than the servers, as its own agent knows them. */
export async function beforeServers(
  host: Host,
  cluster: Cluster,
  steps: readonly Step[],
  net: Net,
): Promise<readonly Refusal[]> {
  const to = versions(steps)?.to
  if (to === undefined || runs(cluster, host, 'consul-server')) return []
  const members = await consulMembers(consulOf(host, net)).catch(() => [])
  const servers = members.filter(({ server, status }) => server && status === 'alive')
  return refuseAhead(RULES.consul, 'consul-version', to, servers)
}
