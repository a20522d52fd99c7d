import type { HaproxyFrontend } from '../../src/index.ts'
import type { Attributes } from './attributes.ts'

/** Fewer connections than this say nothing of who is in front. */
const FEW = 3

/**
 * What the connections to the ports of HTTP say of a balancer that sends the PROXY protocol where nobody expects it, or
 * does not where it is expected: all of its clients lose, though its health checks may pass. Red if they are most.
 */
export function unproxied(
  { proxyProtocol = [] }: Pick<Attributes, 'proxyProtocol'>,
  { connections, sessions, failedTls, malformed }: HaproxyFrontend,
): { readonly says: string; readonly red: boolean } {
  const expects = proxyProtocol.length > 0
  const lost = expects ? connections - sessions - failedTls : malformed
  const red = lost >= FEW && lost * 2 > connections
  const of = `${lost} of ${connections} connections since the last reload`
  const variable = 'vars.haproxy.proxyProtocol'
  if (expects && lost > 0) {
    const got = `came from ${variable} without the PROXY protocol, and got no answer`
    return { red, says: `${of} ${got}: does the load balancer send it?` }
  }
  if (!red) return { red, says: '' }
  const got = 'were answered with 400, since they do not begin with HTTP'
  return { red, says: `${of} ${got}: does a load balancer send the PROXY protocol that is not in ${variable}?` }
}
