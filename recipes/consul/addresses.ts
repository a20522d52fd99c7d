import { type Cluster, type InventoryHost, type Resource, sysctl } from '../../src/index.ts'
import { runs, varsOf } from '../common/host.ts'

/** Does an address stand for all addresses of a host? */
export const isAny = (address: string): boolean => address === '0.0.0.0' || address === '::'

/**
 * Where programs reach an agent: 127.0.0.1 and the configured addresses, without duplicates; a wildcard replaces all
 * others.
 */
export const listensAt = (clientAddresses: readonly string[]): readonly string[] => {
  const any = clientAddresses.find(isAny)
  return any === undefined ? [...new Set(['127.0.0.1', ...clientAddresses])] : [any]
}

/** The address of Docker's bridge, if the host runs Docker: it exists once Docker has started. */
export function bridgeOf(host: InventoryHost, cluster: Cluster): readonly string[] {
  if (!runs(cluster, host, 'docker')) return []
  const bip = varsOf<{ settings?: { bip?: unknown } }>(host, 'docker').settings?.bip
  return [typeof bip === 'string' ? bip.replace(/\/\d+$/, '') : '172.17.0.1']
}

/** Why containers cannot resolve names: they ask Consul for all names, and the agent knows only its own. */
export function deafContainers(host: InventoryHost, cluster: Cluster, settings: unknown): string | undefined {
  if (!runs(cluster, host, 'docker')) return undefined
  const { dns } = varsOf<{ settings?: { dns?: unknown } }>(host, 'docker').settings ?? {}
  const { recursors } = (settings ?? {}) as { recursors?: unknown }
  const asksConsul = Array.isArray(dns) && dns.length > 0 && dns.every((each) => bridgeOf(host, cluster).includes(each))
  return asksConsul && recursors === undefined
    ? 'containers ask this agent for all names (docker.settings.dns), and it knows only its own: set recursors to the DNS servers of the network'
    : undefined
}

/**
 * An address may appear after the agent starts: Docker creates its bridge when it starts, in the first run and at every
 * boot. This lets programs listen on addresses that no interface has yet.
 */
export function nonlocalBind(host: InventoryHost, clientAddresses: readonly string[]): readonly Resource[] {
  const later = listensAt(clientAddresses).filter(
    (address) => !isAny(address) && !/^(127\.|::1$)/.test(address) && address !== host.privateAddress,
  )
  return [
    ...(later.some((address) => !address.includes(':')) ? [sysctl('net.ipv4.ip_nonlocal_bind', { value: 1 })] : []),
    ...(later.some((address) => address.includes(':')) ? [sysctl('net.ipv6.ip_nonlocal_bind', { value: 1 })] : []),
  ]
}
