import { type Cluster, consulPort, type InventoryHost, type Listens } from '../../src/index.ts'
import { isObject } from '../common/settings.ts'
import { isAny, listensAt } from './addresses.ts'
import { isServer, vars } from './cluster.ts'

const both = (place: Listens): readonly Listens[] => [place, { ...place, udp: true }]

/** Ports in the settings, in Consul's notation: grpc, sidecars. The settings may also set their addresses. */
function settingsPorts(settings: unknown): readonly Listens[] {
  const { ports } = isObject(settings) ? settings : {}
  return Object.entries(isObject(ports) ? ports : {}).flatMap(([name, port]) =>
    typeof port === 'number' && port > 0 && !/_(min|max)_port$/.test(name)
      ? [{ port, variable: `settings.ports.${name}` }]
      : [],
  )
}

/** The ports of an agent. */
export function listens(host: InventoryHost, cluster: Cluster): readonly Listens[] {
  const { ports: own, clientAddresses = [], settings } = vars(host)
  const http = { port: consulPort(host), variable: 'ports.http' }
  const { https = -1, dns = 8600 } = own ?? {}
  const address = host.privateAddress
  return [
    ...listensAt(clientAddresses).flatMap((each) => {
      const at = isAny(each) ? {} : { address: each }
      return [
        { ...http, ...at },
        ...(https > 0 ? [{ port: https, ...at, variable: 'ports.https' }] : []),
        ...(dns > 0 ? both({ port: dns, ...at, variable: 'ports.dns' }) : []),
      ]
    }),
    ...both({ port: 8301, address }),
    ...(isServer(host, cluster) ? [{ port: 8300, address }] : []),
    ...settingsPorts(settings),
  ]
}
