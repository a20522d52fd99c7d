import { isIP } from 'node:net'
import type { Cluster, Host, Mistake, Refusal } from '../../src/index.ts'

/** The canonical form of an address, for comparisons. */
function canonical(address: string): string {
  if (isIP(address) !== 6) return address
  return new URL(`http://[${address}]`).hostname.slice(1, -1)
}

/** Can only programs in the same network namespace reach this address? */
export const isLoopback = (address: string): boolean =>
  /^(::ffff:)?127\./i.test(address) || canonical(address) === '::1'
const isAny = (address: string): boolean => ['0.0.0.0', '::'].includes(canonical(address))

/** Does a host have an address, according to its facts? Every host has the loopback addresses. */
export const hasAddress = ({ facts }: Host, address: string): boolean =>
  isLoopback(address) || facts.addresses.some((each) => canonical(each) === canonical(address))

/**
 * Refuses a private address that no interface of the host has, because a daemon could not listen there. Every recipe
 * whose daemon listens there uses this.
 */
export function foreignAddress(host: Host): readonly Refusal[] {
  const { name, privateAddress, facts } = host
  if (isIP(privateAddress) === 0 || facts.addresses.length === 0 || hasAddress(host, privateAddress)) return []
  const [only, ...more] = facts.addresses
  return [
    {
      refusal: 'private-address',
      reason: `hosts.${name}.privateAddress: ${privateAddress} is not an address of this host, which has ${facts.addresses.join(', ')}.`,
      remedy: `Set privateAddress to ${more.length === 0 ? only : 'the one of these that the other hosts reach'}; address is only where SSH goes.`,
      changes: [],
    },
  ]
}

/**
 * Private addresses on which a daemon that needs an IP address could not listen, or that other hosts could not reach.
 */
export const addressMistakes = (cluster: Cluster, recipe: string, daemon: string): readonly Mistake[] =>
  cluster.withRecipe(recipe).flatMap(({ name, privateAddress }): readonly Mistake[] => {
    const path = `hosts.${name}.privateAddress`
    if (privateAddress === '') return []
    if (isIP(privateAddress) === 0)
      return [{ path, message: `${daemon} listens there, and ${privateAddress} is not an IP address` }]
    if (isAny(privateAddress))
      return [
        {
          path,
          message: `${privateAddress} stands for all addresses: others could not be told where to find ${daemon}`,
        },
      ]
    if (isLoopback(privateAddress) && cluster.hosts.length > 1)
      return [{ path, message: `the other hosts could not reach ${daemon} at ${privateAddress}` }]
    return []
  })

/** Refuses a Java heap that does not fit into the host's memory. */
export function heapTooLarge({ facts }: Host, recipe: string, heapMb: number): readonly Refusal[] {
  const most = Math.floor((facts.memory * 0.75) / 1024 / 1024)
  if (heapMb <= most) return []
  return [
    {
      refusal: `${recipe}-heap`,
      reason: `A heap of ${heapMb} MiB is more than three quarters of the host's memory: it would swap, and sessions would be lost.`,
      remedy: `Set vars.${recipe}.heapMb to ${most} or less.`,
      changes: [],
    },
  ]
}
