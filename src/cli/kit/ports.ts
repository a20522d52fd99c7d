import { type Listener, listenersOn } from '../../inventory/port-clashes.ts'
import type { InventoryHost } from '../../model/host.ts'
import type { Cluster } from '../../model/recipe.ts'
import { jsonLine, lookOf } from '../../report/index.ts'
import type { Io } from '../io.ts'
import { rows } from './table.ts'

/** Addresses that nobody reaches from elsewhere. */
const isOwn = (address = ''): boolean => address.startsWith('127.') || address === '::1'

const cells = (host: string, { port, to, udp, address, recipe, variable }: Listener): readonly string[] => [
  host,
  `${port}${to === undefined ? '' : `-${to}`}${udp ? '/udp' : ''}`,
  isOwn(address) ? 'this host only' : (address ?? 'all'),
  recipe,
  variable === undefined ? '' : `vars.${recipe}.${variable}`,
]

/** Shows which component listens where, by what the inventory says. Gives the exit code. */
export function showPorts(
  hosts: readonly InventoryHost[],
  cluster: Cluster,
  flags: { readonly json?: boolean | undefined; readonly color?: boolean | undefined },
  io: Io,
): number {
  const found = hosts.flatMap((host) => listenersOn(host, cluster).map((listener) => ({ host: host.name, listener })))
  if (flags.json) for (const { host, listener } of found) io.stdout.write(`${jsonLine({ host, ...listener })}\n`)
  else {
    const shown = found.map(({ host, listener }) => cells(host, listener))
    for (const line of rows(
      ['host', 'port', 'address', 'component', 'variable'],
      shown,
      lookOf(io.stdout, io.env, flags.color),
    ))
      io.stdout.write(`${line}\n`)
  }
  return 0
}
