import type { Fault } from '../../lib/check.ts'
import { hopsIn, readJump } from '../../lib/net/jump.ts'
import type { InventoryHost } from '../../model/host.ts'

type Hosts = ReadonlyMap<string, InventoryHost>

/** The way from a host through its bastions back to itself, if there is one. */
function circle(host: InventoryHost, hosts: Hosts): readonly string[] | undefined {
  const seen = new Set<string>()
  const walk = ({ name, ssh }: InventoryHost, way: readonly string[]): readonly string[] | undefined => {
    for (const hop of hopsIn(typeof ssh.proxyJump === 'string' ? ssh.proxyJump : '')) {
      const next = hosts.get(readJump(hop)?.host ?? '')
      if (next?.name === host.name) return [...way, name, next.name]
      if (next === undefined || seen.has(next.name)) continue
      seen.add(next.name)
      const found = walk(next, [...way, name])
      if (found) return found
    }
    return undefined
  }
  return walk(host, [])
}

/** Hosts whose bastions are reached through the hosts themselves. */
export function jumpFaults(hosts: readonly InventoryHost[]): Fault[] {
  const known: Hosts = new Map(hosts.map((host) => [host.name, host]))
  return hosts.flatMap((host) => {
    const way = circle(host, known)
    const message = `goes in a circle (${way?.join(' → ')}): write "none" for the host that is reached directly`
    return way ? [{ path: ['hosts', host.name, 'ssh', 'proxyJump'], message }] : []
  })
}
