import { during } from '../../src/engine/roll/among.ts'
import { parseInventory } from '../../src/inventory/parse.ts'
import { localSecrets } from '../../src/inventory/secrets.ts'
import type { Facts } from '../../src/model/facts.ts'
import type { Host } from '../../src/model/host.ts'
import type { Step } from '../../src/model/plan.ts'
import type { Cluster, Recipe, Role } from '../../src/model/recipe.ts'
import type { Resource } from '../../src/model/resource.ts'
import { builtInRoles } from '../../src/project/built-in.ts'

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

const load = async (module: () => Promise<object>): Promise<Role> => ((await module()) as { readonly role: Role }).role

/** The built-in roles, by name. */
export const roles: ReadonlyMap<string, Role> = new Map(
  await Promise.all([...builtInRoles()].map(async ([name, module]) => [name, await load(module)] as const)),
)

/** An inventory's cluster, with its secrets' values by their references. @throws InventoryError */
export const clusterOf = (inventory: object, secrets = localSecrets('.')): Cluster =>
  parseInventory(JSON.stringify(inventory), { path: '/x/inventory.json', roles, secrets })

/** A cluster on its way, in which a host does not exist yet. */
export const without = (cluster: Cluster, name: string): Cluster =>
  during(cluster, { absent: new Set([name]), staying: new Set(), vars: {} })

/** Hosts with these ids and addresses 10.0.0.10 + id; variables for all of them. */
export const ensemble = (ids: readonly number[], vars: object = {}): Cluster =>
  clusterOf({
    roles: { zookeeper: { vars: { zookeeper: vars } } },
    hosts: Object.fromEntries(
      ids.map((id, i) => [
        `zk-${i + 1}`,
        { address: `10.0.0.${10 + i + 1}`, roles: ['zookeeper'], vars: { zookeeper: { id } } },
      ]),
    ),
  })

export const hostOf = (cluster: Cluster, name: string, facts: Partial<Facts> = {}): Host => ({
  ...cluster.host(name),
  facts: { ...FACTS, addresses: [cluster.host(name).privateAddress], ...facts },
})

/** What a recipe wants of a host. */
export const wanted = (
  recipe: Recipe,
  cluster: Cluster,
  name: string,
  facts: Partial<Facts> = {},
): readonly Resource[] =>
  recipe.resources(hostOf(cluster, name, facts), cluster, cluster.host(name).vars[recipe.name] as never)

/** Facts of releases beside Debian 12. */
export const RELEASES = {
  bookworm: {},
  trixie: { release: '13', codename: 'trixie' },
  noble: { os: 'ubuntu', release: '24.04', codename: 'noble' },
} as const

const SUM = 'a'.repeat(64)
const DIGEST = `sha256:${'0123456789abcdef'.repeat(4)}`

/** Variables without which the recipes of the stack cannot be: where things come from. */
export const SOURCES = {
  consul: {
    datacenter: 'dc1',
    source: { zip: 'https://files.test/consul_1.22.5_linux_amd64.zip', sha256: SUM, version: '1.22.5' },
  },
  'consul-template': {
    source: { zip: 'https://files.test/consul-template_0.41.3_linux_amd64.zip', sha256: SUM, version: '0.41.3' },
  },
  mesos: { source: { deb: 'https://files.test/aventer-mesos_1.11.0-0.9.0.debian12_amd64.deb', sha256: SUM } },
  marathon: { source: { image: { version: '1.11.24', digest: DIGEST, pull: 'mesosphere/marathon' } } },
} as const

/**
 * Three masters (m-1 … at 10.0.0.11 …) and two slaves (s-1 … at 10.0.0.21 …), as the roles mesos-master and mesos-slave
 * make them; secrets from the environment.
 */
export function stack({ masters = 3, slaves = 2, vars = {}, hosts = {} }: Stack = {}): Cluster {
  const each = (n: number, name: string, from: number, role: string, own: (i: number) => object) =>
    Array.from(
      { length: n },
      (_, i) => [`${name}-${i + 1}`, { address: `10.0.0.${from + i}`, roles: [role], vars: own(i) }] as const,
    )
  const inventory = {
    vars: { ...SOURCES, ...vars },
    hosts: Object.fromEntries([
      ...each(masters, 'm', 11, 'mesos-master', (i) => ({ zookeeper: { id: i + 1 } })),
      ...each(slaves, 's', 21, 'mesos-slave', () => ({})),
      ...Object.entries(hosts),
    ]),
  }
  return clusterOf(inventory, (reference) => process.env[reference.replace('env:', '')] ?? 'not set')
}

/** How a cluster differs from three masters and two slaves. */
export interface Stack {
  readonly masters?: number
  readonly slaves?: number
  readonly vars?: Readonly<Record<string, unknown>>
  readonly hosts?: Readonly<Record<string, unknown>>
}

/** What a function that must fail says: the sentence that loading a cluster fails with. */
export function mistakesOf(make: () => unknown): string {
  try {
    make()
  } catch (error) {
    return (error as Error).message
  }
  return 'it was accepted'
}

/** The properties of one of some resources. */
export function propsOf<T = Record<string, unknown>>(resources: readonly Resource[], id: string): T {
  const found = resources.find((r) => r.id === id)
  if (found === undefined) throw new Error(`no ${id} among ${resources.map((r) => r.id).join(', ')}`)
  return found.props as T
}

/** What a service restarts on. */
export const restartsOn = (resources: readonly Resource[], name: string): readonly string[] =>
  propsOf<{ restartOn: readonly Resource[] }>(resources, `service ${name}`).restartOn.map((r) => r.id)

/** The text of a file or unit among resources. */
export function text(resources: readonly Resource[], id: string): string {
  return propsOf<{ content: { word: string } }>(resources, id).content.word
}

/** What a file holds before and after a step, by the lines of a diff. */
export const contentsOf = (diff: string): { readonly before: string; readonly after: string } => {
  const side = (sign: string) =>
    diff
      .split('\n')
      .filter((line) => line.startsWith(sign) || line.startsWith(' '))
      .map((line) => `${line.slice(1)}\n`)
      .join('')
  return { before: side('-'), after: side('+') }
}

/** The steps for a daemon of Mesos whose environment differs: the file, and a restart. */
export const envChange = (daemon: string, env: string, diff: string): readonly Step[] => [
  {
    resource: `file ${env}`,
    type: 'file',
    name: env,
    changes: [{ action: 'update', text: 'content differs', diff }],
    contents: contentsOf(diff),
  },
  {
    resource: `service ${daemon}`,
    type: 'service',
    name: daemon,
    changes: [{ action: 'restart', text: 'restart' }],
  },
]
