import { SandboxError } from '../exec.ts'

/** All sandboxes live in 10.77.0.0/16: sandbox N has 10.77.N.0/24; 10.77.255.0/24 is the package cache's. */
const PREFIX = '10.77'

/** The third byte of the package cache's network, which no sandbox gets. */
const CACHE_NET = 255

/** The first host address to assign; .1 is the bridge. */
const FIRST = 11

const ADDRESS = /^10\.77\.(\d{1,3})\.(\d{1,3})$/

/** Names and addresses of everything made for sandbox network `net` (0–254); cleanup finds everything by them. */
export const bridge = (net: number): string => `psb${net}`
/** The address of this machine in a sandbox network. */
export const gateway = (net: number): string => `${PREFIX}.${net}.1`
/** The address of the n-th package cache. */
export const cacheAddress = (n: number): string => `${PREFIX}.${CACHE_NET}.${n}`

const parts = (address: string): { net: number; last: number } | undefined => {
  const found = ADDRESS.exec(address)
  if (!found) return undefined
  const net = Number(found[1])
  const last = Number(found[2])
  return net < CACHE_NET && last > 1 && last < 255 ? { net, last } : undefined
}

/** The network (0–254) of a sandbox address; undefined for other addresses. */
export const netOf = (address: string): number | undefined => parts(address)?.net

/**
 * The name of a host's network namespace, of its cable's end on the machine, and of its nspawn machine: at most 10
 * bytes.
 */
export const wire = (address: string): string => {
  const at = parts(address)
  if (!at) throw new SandboxError(`${address} is not a sandbox address`)
  return `psb${at.net}-${at.last}`
}

const hex = (byte: number): string => byte.toString(16).padStart(2, '0')

/** A fixed MAC per address: stale ARP entries of a host that was made again would hang logins for up to 70 s. */
export const mac = (address: string): string => {
  const [, , net, last] = address.split('.').map(Number)
  return `02:77:00:00:${hex(net ?? 0)}:${hex(last ?? 0)}`
}

/** The one network that contains the given addresses; undefined if there are none. @throws SandboxError */
export const networkOf = (hosts: readonly { name: string; address?: string | undefined }[]): number | undefined => {
  const nets = new Map<number, string>()
  for (const { name, address } of hosts) {
    if (address === undefined) continue
    const net = netOf(address)
    if (net === undefined)
      throw new SandboxError(
        `${name}: a sandbox host needs an address from 10.77.N.2 to 10.77.N.254 with N below 255, not ${address}`,
      )
    nets.set(net, name)
  }
  if (nets.size > 1)
    throw new SandboxError(
      `hosts of one sandbox share one /24; ${[...nets].map(([n, h]) => `${h} lies in 10.77.${n}.0/24`).join(', ')}`,
    )
  return [...nets.keys()][0]
}

/** The first network that is not taken; 0 is left for inventories that name their addresses. @throws SandboxError */
export const freeNetwork = (taken: ReadonlySet<number>): number => {
  for (let net = 1; net < CACHE_NET; net++) if (!taken.has(net)) return net
  throw new SandboxError('all 254 sandbox networks are taken; remove some with: provision sandbox down')
}

/** The networks in the output of `ip -o -4 addr`. */
export const takenNetworks = (ipAddr: string): Set<number> =>
  new Set([...ipAddr.matchAll(/ inet 10\.77\.(\d+)\./g)].map((found) => Number(found[1])))

/** Gives every host without an address the next free one, in order. @throws SandboxError on duplicates */
export const allocate = <H extends { name: string; address?: string | undefined }>(
  net: number,
  hosts: readonly H[],
  taken: ReadonlyMap<string, string>, // address → host
): (H & { address: string })[] => {
  const used = new Map(taken)
  const claim = (name: string, address: string): void => {
    const owner = used.get(address)
    if (owner !== undefined && owner !== name)
      throw new SandboxError(`${name} and ${owner} have the same address ${address}`)
    used.set(address, name)
  }
  for (const { name, address } of hosts) if (address !== undefined) claim(name, address)
  let last = FIRST
  return hosts.map((host) => {
    if (host.address !== undefined) return { ...host, address: host.address }
    while (used.has(`${PREFIX}.${net}.${last}`)) last++
    if (last > 254) throw new SandboxError(`sandbox network 10.77.${net}.0/24 is full`)
    const address = `${PREFIX}.${net}.${last}`
    claim(host.name, address)
    return { ...host, address }
  })
}
