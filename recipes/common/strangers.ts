import type { Cluster, InventoryHost, Stranger } from '../../src/index.ts'
import { runs } from './host.ts'

/** A running member as a stranger; none if a host that `isIt` has the recipe, or is leaving it. */
export function stranger(
  cluster: Cluster,
  recipe: string,
  isIt: (host: InventoryHost) => boolean,
  it: Stranger,
): readonly Stranger[] {
  const host = cluster.hosts.find(isIt)
  if (host === undefined) return [it]
  return runs(cluster, host, recipe) ? [] : [{ ...it, name: host.name, roles: true }]
}
