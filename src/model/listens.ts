/** A port that a component listens on, or a range that it hands out, as Mesos' agent does to tasks. */
export interface Listens {
  readonly port: number
  /** The last port, for a range. */
  readonly to?: number
  /** An address of the host; if absent: all of them, IPv4 and IPv6. */
  readonly address?: string
  /** Default: TCP. */
  readonly udp?: boolean
  /** The recipe's variable that sets the port: `tls.port`. */
  readonly variable?: string
}

const isV6 = (address: string): boolean => address.includes(':')

/** Does listening on one address occupy the other? */
function covers(one: string | undefined, other: string | undefined): boolean {
  if (one === undefined || other === undefined || one === other) return true
  const any = isV6(one) ? '::' : '0.0.0.0'
  return isV6(one) === isV6(other) && (one === any || other === any)
}

/** Can these two not listen on one host at once? */
export const listensAtOnce = (one: Listens, other: Listens): boolean =>
  (one.udp === true) === (other.udp === true) &&
  one.port <= (other.to ?? other.port) &&
  other.port <= (one.to ?? one.port) &&
  covers(one.address, other.address)
