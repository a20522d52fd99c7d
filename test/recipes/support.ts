import { role as base } from '../../roles/base.ts'
import { role as zookeeper } from '../../roles/zookeeper.ts'
import type { Recipe } from '../../src/engine/recipe.ts'
import type { Resource } from '../../src/engine/resource.ts'
import type { Cluster, Host } from '../../src/inventory/cluster.ts'
import type { Facts } from '../../src/inventory/facts.ts'
import { parseInventory } from '../../src/inventory/parse.ts'

const FACTS: Facts = {
  os: 'debian',
  release: '12',
  codename: 'bookworm',
  arch: 'amd64',
  cpus: 2,
  memory: 4 * 1024 ** 3,
  addresses: ['10.0.0.11'],
  cgroup: 2,
  systemd: true,
  hostname: 'zk-1',
}

/** An inventory's cluster. @throws InventoryError */
export const clusterOf = (inventory: object): Cluster =>
  parseInventory(JSON.stringify(inventory), { path: '/x/inventory.json', roles: new Map([base, zookeeper].map((r) => [r.name, r])) })

/** Hosts with these ids and addresses 10.0.0.10 + id; variables for all of them. */
export const ensemble = (ids: readonly number[], vars: object = {}): Cluster =>
  clusterOf({
    roles: { zookeeper: { vars: { zookeeper: vars } } },
    hosts: Object.fromEntries(
      ids.map((id, i) => [`zk-${i + 1}`, { address: `10.0.0.${10 + i + 1}`, roles: ['zookeeper'], vars: { zookeeper: { id } } }]),
    ),
  })

export const hostOf = (cluster: Cluster, name: string, facts: Partial<Facts> = {}): Host => ({
  ...cluster.host(name),
  facts: { ...FACTS, ...facts },
})

/** What a recipe wants of a host. */
export const wanted = (recipe: Recipe, cluster: Cluster, name: string): readonly Resource[] =>
  recipe.resources(hostOf(cluster, name), cluster, cluster.host(name).vars[recipe.name] as never)

/** The text of a file or unit among resources. */
export function text(resources: readonly Resource[], id: string): string {
  const found = resources.find((r) => r.id === id)
  if (found === undefined) throw new Error(`no ${id} among ${resources.map((r) => r.id).join(', ')}`)
  return (found.props as { content: { word: string } }).content.word
}
