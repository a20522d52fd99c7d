import type { HaproxyFrontend } from '../../src/index.ts'
import type { Attributes } from './attributes.ts'

/** Fewer connections than this say nothing of who is in front. */
const FEW = 3

/**
 * What the connections to the ports of HTTP say of a balancer that sends the PROXY protocol where nobody expects it, or
 * does not where it is expected: all of its clients lose, though its health checks may pass. Red if most do not send
 * what is expected. HAProxy counts what is not expected as it counts checks that open a connection and close it, so
 * that is never red.
 */
export function unproxied(
  { proxyProtocol = [] }: Pick<Attributes, 'proxyProtocol'>,
  { connections, sessions, failedTls, malformed }: HaproxyFrontend,
): { readonly says: string; readonly red: boolean } {
  const expects = proxyProtocol.length > 0
  const lost = expects ? connections - sessions - failedTls : malformed
  const most = lost >= FEW && lost * 2 > connections
  const of = `${lost} of ${connections} connections since the last reload`
  const variable = 'vars.haproxy.proxyProtocol'
  if (expects && lost > 0) {
    const got = `came from ${variable} without the PROXY protocol, and got no answer`
    return { red: most, says: `${of} ${got}: does the load balancer send it?` }
  }
  if (!most) return { red: false, says: '' }
  const why = `they are checks that only connect, or a load balancer sends the PROXY protocol that is not in ${variable}`
  return { red: false, says: `${of} brought no HTTP request: ${why}` }
}
