import type { Net } from '../../model/health.ts'
import type { InventoryHost } from '../../model/host.ts'
import type { Dial } from '../http.ts'

/** How to reach a port of a host: from one host of the cluster, or through each host's own sshd. */
export type Reach = (host: InventoryHost, port: number) => Dial

/** Reaches the other hosts from one host, at their private addresses. */
export const reachFrom =
  (net: Pick<Net, 'dial'>): Reach =>
  ({ privateAddress }, port) =>
  () =>
    net.dial(privateAddress, port)
