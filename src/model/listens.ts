/** Where a component listens on its host, or the ports that it gives to others: Mesos' agent to tasks. */
export interface Listens {
  readonly port: number
  /** The last port, where it is a range. */
  readonly to?: number
  /** An address of the host; absent: all of them, of IPv4 and IPv6. */
  readonly address?: string
  /** Default: TCP. */
  readonly udp?: boolean
  /** The variable of the recipe that says the port: `tls.port`. */
  readonly variable?: string
}

const isV6 = (address: string): boolean => address.includes(':')

/** Whether listening at one address keeps others from the other one. */
function covers(one: string | undefined, other: string | undefined): boolean {
  if (one === undefined || other === undefined || one === other) return true
  const any = isV6(one) ? '::' : '0.0.0.0'
  return isV6(one) === isV6(other) && (one === any || other === any)
}

/** Whether two cannot both listen on one host. */
export const listensAtOnce = (one: Listens, other: Listens): boolean =>
  (one.udp === true) === (other.udp === true) &&
  one.port <= (other.to ?? other.port) &&
  other.port <= (one.to ?? one.port) &&
  covers(one.address, other.address)
