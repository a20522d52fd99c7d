import { isIP } from 'node:net'
import * as v from 'valibot'
import { certificate } from '../../src/index.ts'
import { whole } from '../common/attributes.ts'
import { extra } from './extra.ts'

const NETWORK = /^[0-9a-fA-F.:]+(\/\d{1,3})?$/

/** Is it an address, or one with the length of a network's prefix? */
function isNetwork(text: string): boolean {
  const [address = '', bits = '0', ...more] = text.split('/')
  const family = isIP(address)
  return more.length === 0 && family !== 0 && /^(0|[1-9]\d*)$/.test(bits) && Number(bits) <= (family === 4 ? 32 : 128)
}

const networks = (text: string) =>
  v.pipe(
    v.array(
      v.pipe(
        v.string(),
        v.regex(NETWORK, 'an address or a network like 10.0.0.0/16'),
        v.check(isNetwork, 'must be an address or a network like 10.0.0.0/16'),
      ),
    ),
    v.description(text),
  )
const on = (text: string) => v.optional(v.pipe(v.boolean(), v.description(text)), false)

const tls = v.optional(
  v.pipe(
    v.strictObject({
      certificates: v.pipe(
        v.array(certificate()),
        v.minLength(1),
        v.check(
          (all) => new Set(all.map(({ name }) => name)).size === all.length,
          'has two certificates of the same name: each needs a file of its own',
        ),
        v.description(
          'The certificates. A client gets the one for the name that it asks for (SNI), or else the first.',
        ),
      ),
      port: v.optional(whole(1, 65_535, 'Its port.'), 443),
      minVersion: v.optional(
        v.pipe(v.picklist(['TLSv1.2', 'TLSv1.3']), v.description('Oldest version of TLS that is accepted.')),
        'TLSv1.2',
      ),
    }),
    v.description('TLS at HAProxy, with HTTP/2. Default: none; a load balancer in front may speak it.'),
  ),
)

const ports = (text: string) =>
  v.optional(
    v.pipe(
      v.array(v.pipe(v.number(), v.integer(), v.minValue(1), v.maxValue(65_535))),
      v.check((all) => new Set(all).size === all.length, 'names a port twice'),
      v.description(text),
    ),
    [],
  )

/** The variables of a public site. An unset variable adds no line to the configuration. */
export const site = {
  httpPorts: ports('Ports for plain HTTP besides 80, with the same apps. Default: none.'),
  tcpPorts: ports(
    'Ports at which apps may be served over TCP instead of HTTP, by their label lb.tcp: [5432, 1883]. HAProxy listens there while such an app runs. Default: none.',
  ),
  tls,
  redirectToHttps: on(
    'Redirect plain HTTP to https (301), except /haproxy-health and requests whose X-Forwarded-Proto is https.',
  ),
  hstsSeconds: v.optional(
    whole(
      0,
      100_000_000,
      'max-age of Strict-Transport-Security, added to answers over https that have none. Default: not added.',
    ),
  ),
  proxyProtocol: v.optional(
    networks(
      "Networks whose connections to the ports of HTTP and TLS begin with the PROXY protocol (v1 or v2): the subnets of an NLB, without preserved client addresses. From elsewhere, and from the host itself, it is not accepted. Checks of healthPort may begin with it or not. Default: nobody's.",
    ),
  ),
  trustedProxies: v.optional(
    networks(
      "Networks whose X-Forwarded-For, -Proto, -Port and -Host, and Forwarded, are believed: the subnets of an ELB. From elsewhere they are removed, but for X-Forwarded-Proto from the host itself. Default: everybody's are believed, for hosts that only the ELB reaches.",
    ),
  ),
  tunnelSeconds: v.optional(
    whole(
      1,
      604_800,
      'Seconds for which a WebSocket, or a connection to one of tcpPorts, may be silent on both sides.',
    ),
    3600,
  ),
  gzip: on('Compress text, JavaScript, JSON and SVG for clients that accept it, if the app has not.'),
  headerKb: v.optional(
    whole(
      16,
      1024,
      "Maximum KiB of the headers of a request or an answer. Each connection needs twice as much memory. Default: HAProxy's own, 15.",
    ),
  ),
  accessLog: v.optional(
    v.pipe(
      v.picklist(['none', 'errors', 'all']),
      v.description("Log requests to the journal, in HAProxy's HTTP format: none, those that failed, or all."),
    ),
    'none',
  ),
  accessLogMaxMb: v.optional(
    whole(
      1,
      1_000_000,
      'Most MiB of /var/log/haproxy.log, which rsyslog writes where it is installed, looked at every 10 minutes. The last ones are kept beside it, as haproxy.log.last.',
    ),
    500,
  ),
  metricsPort: v.optional(whole(1, 65_535, 'Port for Prometheus, at the private address: /metrics. Default: none.')),
  ipv6: on('Listen on IPv6 as well.'),
  extra,
}

/** Variables without a default, for templates, which need a value for each. */
export const UNSET = {
  tls: undefined,
  hstsSeconds: undefined,
  proxyProtocol: undefined,
  trustedProxies: undefined,
  headerKb: undefined,
  metricsPort: undefined,
} as const
