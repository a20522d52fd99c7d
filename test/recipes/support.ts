import { role as base } from '../../roles/base.ts'
import { role as zookeeper } from '../../roles/zookeeper.ts'
import type { Recipe, Role } from '../../src/engine/recipe.ts'
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

/** An inventory's cluster; it may name these roles, too. @throws InventoryError */
export const clusterOf = (inventory: object, more: readonly Role[] = []): Cluster =>
  parseInventory(JSON.stringify(inventory), {
    path: '/x/inventory.json',
    roles: new Map([base, zookeeper, ...more].map((r) => [r.name, r])),
  })

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

/** The properties of one among resources. */
export function propsOf<Props>(resources: readonly Resource[], id: string): Props {
  const found = resources.find((r) => r.id === id)
  if (found === undefined) throw new Error(`no ${id} among ${resources.map((r) => r.id).join(', ')}`)
  return found.props as Props
}

/** The text of a file or unit among resources. */
export const text = (resources: readonly Resource[], id: string): string =>
  propsOf<{ content: { word: string } }>(resources, id).content.word

/** What a service among resources restarts and reloads on. */
export function triggersOf(
  resources: readonly Resource[],
  name: string,
): { readonly restart: readonly string[]; readonly reload: readonly string[] } {
  const { restartOn, reloadOn } = propsOf<{ restartOn: readonly Resource[]; reloadOn: readonly Resource[] }>(resources, `service ${name}`)
  return { restart: restartOn.map((r) => r.id), reload: reloadOn.map((r) => r.id) }
}
