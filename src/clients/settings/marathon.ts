import type { InventoryHost } from '../../model/host.ts'
import type { Cluster } from '../../model/recipe.ts'
import { Secret } from '../../shell/secret.ts'
import type { Dial } from '../http.ts'
import { type Marathon, marathon } from '../marathon.ts'
import { PORTS } from './ports.ts'
import type { Reach } from './reach.ts'

/** Marathon's port on a host; a user's own recipe may set another one. */
export const marathonPort = ({ vars }: InventoryHost): number => Number(vars.marathon?.httpPort ?? PORTS.marathon)

/** The login for Marathon, `user:password`. All Marathons have the same. */
export const marathonCredentials = (cluster: Cluster): Secret | undefined =>
  cluster
    .withRecipe('marathon')
    .map(({ vars }) => vars.marathon?.credentials)
    .find((value) => value instanceof Secret)

/** Opens connections to a host's Marathon. */
export const marathonDial = (host: InventoryHost, reach: Reach): Dial => reach(host, marathonPort(host))

/** A client of a cluster's Marathon. */
export function marathonOf(cluster: Cluster, reach: Reach): Marathon {
  const credentials = marathonCredentials(cluster)
  return marathon({
    hosts: cluster.withRecipe('marathon').map((host) => ({ name: host.name, dial: marathonDial(host, reach) })),
    ...(credentials === undefined ? {} : { credentials }),
  })
}
