import { BlockList, isIP } from 'node:net'
import type { Cluster, InventoryHost, Mistake } from '../../src/index.ts'
import { isLoopback } from '../common/facts.ts'
import { pathOf, varsOf } from '../common/host.ts'
import { isObject, type Settings } from '../common/settings.ts'

/** A network that Docker routes to its own bridges, and the setting that defines it. */
interface Network {
  readonly setting: string
  readonly cidr: string
}

const familyOf = (address: string): 'ipv4' | 'ipv6' => (isIP(address) === 6 ? 'ipv6' : 'ipv4')

/** Parses an address with a prefix length: `172.17.0.1/16`; undefined for any other text. */
function parse(cidr: string): { readonly address: string; readonly prefix: number } | undefined {
  const [, address = '', digits = ''] = /^([^/]+)\/(\d{1,3})$/.exec(cidr) ?? []
  const prefix = Number(digits)
  const isNetwork = isIP(address) !== 0 && prefix <= (isIP(address) === 6 ? 128 : 32)
  return isNetwork ? { address, prefix } : undefined
}

/** Is an address in a network? Invalid networks contain nothing. */
function contains(cidr: string, address: string): boolean {
  const network = parse(cidr)
  if (network === undefined || familyOf(network.address) !== familyOf(address)) return false
  const list = new BlockList()
  list.addSubnet(network.address, network.prefix, familyOf(network.address))
  return list.check(address, familyOf(address))
}

const NETWORKS = ['bip', 'bip6', 'fixed-cidr', 'fixed-cidr-v6']

/** The networks of Docker's bridges according to the settings. */
const networksOf = (settings: Settings): readonly Network[] => [
  ...NETWORKS.flatMap((setting) => {
    const cidr = settings[setting]
    return typeof cidr === 'string' ? { setting, cidr } : []
  }),
  ...[settings['default-address-pools'] ?? []].flat().flatMap((pool, i) => {
    const cidr = isObject(pool) ? pool.base : undefined
    return typeof cidr === 'string' ? { setting: `default-address-pools[${i}].base`, cidr } : []
  }),
]

/** Mistakes in the settings' networks, by themselves. Pure. */
export const wrongNetworks = (settings: Settings): readonly string[] =>
  networksOf(settings).flatMap(({ setting, cidr }) =>
    parse(cidr) === undefined ? `"${setting}" is an address with a prefix, like 172.26.0.1/16` : [],
  )

const NOWHERE = new Set(['0.0.0.0', '::'])

/** DNS servers that no container can ask: dockerd itself takes every address. Pure. */
export const wrongServers = ({ dns }: Settings): readonly string[] =>
  (Array.isArray(dns) ? dns : []).flatMap((each, i) => {
    if (typeof each !== 'string' || isIP(each) === 0)
      return `"dns[${i}]" is an IP address, and dockerd would not start with ${JSON.stringify(each)}`
    return isLoopback(each) || NOWHERE.has(each)
      ? `"dns[${i}]" cannot be ${each}: in a container, that is the container itself; name one that it reaches, like 172.17.0.1 on Docker's bridge`
      : []
  })

/** The addresses of other hosts of the inventory. */
const reached = ({ address, privateAddress }: InventoryHost): readonly string[] =>
  [...new Set([privateAddress, address])].filter((each) => isIP(each) !== 0)

/**
 * Docker networks that contain a host's address: the kernel would send packets for that host to a bridge, and it would
 * be unreachable for everything here. Docker itself checks only the routes that exist when it creates a network.
 */
export function networkMistakes(cluster: Cluster): readonly Mistake[] {
  const hosts = cluster.hosts.flatMap((host) => reached(host).map((address) => ({ address, of: host.name })))
  return cluster.withRecipe('docker').flatMap((host) => {
    const { settings } = varsOf<{ settings?: unknown }>(host, 'docker')
    return networksOf(isObject(settings) ? settings : {}).flatMap(({ setting, cidr }): readonly Mistake[] => {
      const lost = hosts.find(({ address }) => contains(cidr, address))
      if (lost === undefined) return []
      const whose = lost.of === host.name ? "this host's own address" : `the address of ${lost.of}`
      return [
        {
          path: `${pathOf(host, 'docker', 'settings')}.${setting}`,
          message: `${cidr} contains ${lost.address}, ${whose}, which would no longer be reached from here: give Docker a network that no host is in`,
        },
      ]
    })
  })
}
