import { type Cluster, consulMembers, consulOf, type Host, type Net, type Refusal, type Step } from '../../src/index.ts'
import { runs } from '../common/host.ts'
import { isOlderMinor, packageVersions, RULES, refuseAhead, refuseUpgrade } from '../common/upgrades.ts'

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

/**
 * Refuses a client that would be newer than the servers, as its own agent knows them, and one that would go back while
 * they stay, as they are refused to.
 */
export async function besideServers(
  host: Host,
  cluster: Cluster,
  steps: readonly Step[],
  net: Net,
): Promise<readonly Refusal[]> {
  const its = versions(steps)
  if (its === undefined || runs(cluster, host, 'consul-server')) return []
  const members = await consulMembers(consulOf(host, net)).catch(() => [])
  const servers = members.filter(({ server, status }) => server && status === 'alive')
  const stay = servers.some(({ version }) => isOlderMinor(its.to, version))
  return [
    ...refuseAhead(RULES.consul, 'consul-version', its.to, servers),
    ...(stay && isOlderMinor(its.to, its.from) ? refuseUpgrade(RULES.consul, 'consul-version', its) : []),
  ]
}
