import { BlockList, isIPv6 } from 'node:net'
import type { Place } from '../provider.ts'

/** A host that needs a place. */
export interface ToPlace {
  readonly host: string
  /** The kind: hosts of the same kind are spread. */
  readonly kind: string
  /** The address that it must have. */
  readonly privateAddress?: string
  /** The subnets it may use; empty: any. */
  readonly subnets: readonly string[]
}

/** A host that has a place. */
export interface Placed {
  readonly kind: string
  readonly zone: string | undefined
}

/** Does the network contain the address? */
export function holds(cidr: string, address: string): boolean {
  const [net = '', bits = ''] = cidr.split('/')
  const list = new BlockList()
  list.addSubnet(net, Number(bits), isIPv6(net) ? 'ipv6' : 'ipv4')
  return list.check(address, isIPv6(address) ? 'ipv6' : 'ipv4')
}

const times = (placed: readonly Placed[], zone: string | undefined, kind?: string): number =>
  placed.filter((each) => each.zone === zone && (kind === undefined || each.kind === kind)).length

/**
 * Where each host goes: the subnets to try, best first. A host with a fixed address goes to its network; the others go
 * to the zone with the fewest of their kind, then with the fewest hosts, then in the order of the subnets.
 * @returns for a host that fits nowhere, a sentence that says so
 */
export function spread(
  hosts: readonly ToPlace[],
  there: readonly Placed[],
  places: readonly Place[],
): ReadonlyMap<string, readonly Place[] | string> {
  const placed = [...there]
  const where = new Map<string, readonly Place[] | string>()
  // Hosts without a choice first: the others adapt to them.
  const order = [...hosts].sort(
    (a, b) => Number(b.privateAddress !== undefined) - Number(a.privateAddress !== undefined),
  )
  for (const { host, kind, privateAddress, subnets } of order) {
    const allowed = places.filter(({ subnet }) => subnets.length === 0 || subnets.includes(subnet))
    const fit = privateAddress === undefined ? allowed : allowed.filter(({ cidr }) => holds(cidr, privateAddress))
    const counted = fit.map((place, at) => ({
      place,
      rank: [times(placed, place.zone, kind), times(placed, place.zone), at],
    }))
    counted.sort((a, b) => a.rank.map((n, i) => n - (b.rank[i] ?? 0)).find((n) => n !== 0) ?? 0)
    const best = counted.map(({ place }) => place)
    const networks = allowed.map(({ subnet, cidr }) => `${subnet} (${cidr})`).join(', ')
    where.set(host, best.length > 0 ? best : `${privateAddress} is in none of its subnets: ${networks}`)
    placed.push({ kind, zone: best[0]?.zone })
  }
  return where
}

/** The members of a quorum, with their places. */
export interface Quorum {
  readonly recipe: string
  readonly zones: readonly (string | undefined)[]
}

/** Warnings about quorums that the failure of one zone would break. */
export const lopsided = (quorums: readonly Quorum[]): string[] =>
  quorums.flatMap(({ recipe, zones }) => {
    const counts = [...new Set(zones)].map((zone) => ({ zone, count: zones.filter((each) => each === zone).length }))
    const most = counts.find(({ zone, count }) => zone !== undefined && count > zones.length / 2)
    return most && zones.length > 1
      ? [
          `${most.count} of ${zones.length} members of ${recipe} are in ${most.zone}: if that zone fails, so does ${recipe}`,
        ]
      : []
  })
