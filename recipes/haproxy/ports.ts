import { type InventoryHost, type Listens, type Net, PORTS, type Refusal, sh } from '../../src/index.ts'
import { varsOf } from '../common/host.ts'
import type { Attributes } from './attributes.ts'
import { PATHS } from './paths.ts'
import { routesIn } from './routes.ts'
import { wordsOf } from './words.ts'

const V4 = '0.0.0.0'

/** The addresses in a "bind" line: `:8443 ssl`, `10.0.0.1:25,[::]:25`, `ipv4@:8000-8005`, and in one for datagrams. */
function bound(line: string, variable: string): readonly Listens[] {
  const [word, where = ''] = wordsOf(line)
  if (word !== 'bind' && word !== 'dgram-bind') return []
  return where.split(',').flatMap((place) => {
    const [, kind = '', address = '', port = '', to = ''] =
      /^(?:(ipv4|ipv6|udp4|udp6|quic4|quic6)@)?\[?([^\]/@]*?)\]?:(\d+)(?:-(\d+))?$/.exec(place) ?? []
    if (port === '') return [] // a socket's path, or something that HAProxy will check
    const any = kind.endsWith('6') ? '::' : V4
    return [
      {
        port: Number(port),
        ...(to === '' ? {} : { to: Number(to) }),
        ...(kind.startsWith('quic') || word === 'dgram-bind' ? { udp: true } : {}),
        address: address === '' || address === '*' ? any : address,
        variable,
      },
    ]
  })
}

/** HAProxy's ports on a host, including those in the user's own lines. */
export function listens(host: InventoryHost): readonly Listens[] {
  const vars = varsOf<Partial<Attributes>>(host, 'haproxy')
  const { healthPort, httpPorts = [], tcpPorts = [], tls, metricsPort, ipv6, extra } = vars
  const everywhere = ipv6 === true ? {} : { address: V4 }
  return [
    { port: PORTS.haproxy, ...everywhere },
    { port: PORTS.haproxyStats, address: '127.0.0.1' },
    ...(healthPort === undefined ? [] : [{ port: healthPort, ...everywhere, variable: 'healthPort' }]),
    ...httpPorts.map((port, i) => ({ port, ...everywhere, variable: `httpPorts[${i}]` })),
    // whether or not an app is served there now
    ...tcpPorts.map((port, i) => ({ port, ...everywhere, variable: `tcpPorts[${i}]` })),
    ...(tls === undefined ? [] : [{ port: tls.port, ...everywhere, variable: 'tls.port' }]),
    ...(metricsPort === undefined
      ? []
      : [{ port: metricsPort, address: host.privateAddress, variable: 'metricsPort' }]),
    ...(['frontend', 'sections'] as const).flatMap((place) =>
      (extra?.[place] ?? []).flatMap((line, i) => bound(line, `extra.${place}[${i}]`)),
    ),
  ]
}

/** Refuses to remove a port from `tcpPorts` while an app is served there. */
export async function portsInUse(net: Net, { tcpPorts }: Pick<Attributes, 'tcpPorts'>): Promise<readonly Refusal[]> {
  const config = await net.read(sh`grep -s ' # tcp [0-9]*$' ${PATHS.live} || :`)
  const lost = [...routesIn(config.split('\n')).values()].flatMap((route) =>
    'port' in route && !tcpPorts.includes(route.port) ? [route] : [],
  )
  if (lost.length === 0) return []
  const says = lost.map(({ app, port }) => `${app} is served at port ${port}, which tcpPorts would no longer have.`)
  return [
    {
      refusal: 'tcp-port',
      reason: says.join(' '),
      remedy: 'Keep the port, or first remove the app or deploy it without the label lb.tcp.',
      changes: [],
    },
  ]
}
