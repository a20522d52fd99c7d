import { type InventoryHost, type Listens, PORTS } from '../../src/index.ts'
import { varsOf } from '../common/host.ts'
import type { Attributes } from './attributes.ts'

const V4 = '0.0.0.0'

/** The places of a line that begins with "bind": `:8443 ssl`, `10.0.0.1:25,[::]:25`, `ipv4@:8000-8005`. */
function bound(line: string, variable: string): readonly Listens[] {
  const [word, where = ''] = line.trim().split(/\s+/)
  if (word !== 'bind') return []
  return where.split(',').flatMap((place) => {
    const [, kind = '', address = '', port = '', to = ''] =
      /^(?:(ipv4|ipv6|quic4|quic6)@)?\[?([^\]/@]*?)\]?:(\d+)(?:-(\d+))?$/.exec(place) ?? []
    if (port === '') return [] // a socket's path, or something that HAProxy will look at
    const any = kind.endsWith('6') ? '::' : V4
    return [
      {
        port: Number(port),
        ...(to === '' ? {} : { to: Number(to) }),
        ...(kind.startsWith('quic') ? { udp: true } : {}),
        address: address === '' || address === '*' ? any : address,
        variable,
      },
    ]
  })
}

/** Where HAProxy listens on a host, what its own lines say included. */
export function listens(host: InventoryHost): readonly Listens[] {
  const { healthPort, tls, metricsPort, ipv6, extra } = varsOf<Partial<Attributes>>(host, 'haproxy')
  const everywhere = ipv6 === true ? {} : { address: V4 }
  return [
    { port: PORTS.haproxy, ...everywhere },
    { port: PORTS.haproxyStats, address: '127.0.0.1' },
    ...(healthPort === undefined ? [] : [{ port: healthPort, ...everywhere, variable: 'healthPort' }]),
    ...(tls === undefined ? [] : [{ port: tls.port, ...everywhere, variable: 'tls.port' }]),
    ...(metricsPort === undefined
      ? []
      : [{ port: metricsPort, address: host.privateAddress, variable: 'metricsPort' }]),
    ...(['frontend', 'sections'] as const).flatMap((place) =>
      (extra?.[place] ?? []).flatMap((line, i) => bound(line, `extra.${place}[${i}]`)),
    ),
  ]
}
