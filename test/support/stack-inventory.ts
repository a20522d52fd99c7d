import { role as mesosMaster } from '../../roles/mesos-master.ts'
import { role as mesosSlave } from '../../roles/mesos-slave.ts'
import { type Cluster, parseInventory } from '../../src/index.ts'
import type { SandboxHost } from '../../src/sandbox/index.ts'
import type { SuiteArtifacts } from './artifacts.ts'
import { loginOf } from './login.ts'
import { imageId } from './parts/docker-archive.ts'
import { type Sources, sourcesOf } from './sources.ts'

const ROLES = new Map([mesosMaster, mesosSlave].map((role) => [role.name, role]))

/** Variables by recipe. */
export type Vars = Readonly<Record<string, object>>

/** Changes to the inventory of a stack's hosts. */
export interface Wish {
  readonly hosts: readonly string[]
  readonly retire?: readonly string[]
  /** Names, each with the host whose machine it uses. */
  readonly at?: Readonly<Record<string, string>>
}

/** A suite's hosts: masters and slaves, and the variables of single ones. */
interface Members {
  readonly masters: readonly string[]
  readonly slaves: readonly string[]
  readonly own: Readonly<Record<string, Vars>>
}

/** The inventory's text. @param all variables by recipe; later ones are merged over earlier ones */
function inventoryOf(
  { masters, slaves, own }: Members,
  { hosts: wanted, retire = [], at = {} }: Wish,
  host: (name: string) => SandboxHost,
  image: Vars,
  all: readonly (readonly [recipe: string, vars: object])[],
): string {
  const entry = (name: string) => {
    const id = masters.indexOf(name) + 1
    const isSlave = slaves.includes(name)
    const roles = [...(id > 0 ? ['mesos-master'] : []), ...(isSlave ? ['mesos-slave'] : [])]
    const vars = { ...(id > 0 ? { zookeeper: { id } } : {}), ...(isSlave ? image : {}), ...own[name] }
    const of = host(at[name] ?? name)
    const leaves = retire.includes(name) ? { retire: true } : {}
    return [name, { address: of.address, roles, ...leaves, ssh: loginOf(of), vars }]
  }
  const vars: Record<string, object> = {}
  for (const [recipe, more] of all) vars[recipe] = { ...vars[recipe], ...more }
  const hosts = Object.fromEntries(wanted.map(entry))
  return JSON.stringify({ vars, hosts })
}

/** The slaves' variables that name the app's image. */
async function imageVars(artifacts: SuiteArtifacts): Promise<Vars> {
  const { file, url, sha256 } = await artifacts.part('rails')
  return { docker: { images: [{ name: 'rails-app:1', id: await imageId(file), source: url, sha256 }] } }
}

/** What a stack's hosts are in an inventory, with these variables for all of them. */
export interface Inventories {
  /** The inventory's text, for the program. */
  inventory(vars?: Vars): Promise<string>
  /** Its cluster. */
  cluster(vars?: Vars): Promise<Cluster>
}

/** Makes inventories of these hosts, with variables for all of them: their texts, and the clusters. */
export function clusters(
  members: Members,
  wish: () => Wish,
  host: (name: string) => SandboxHost,
  artifacts: SuiteArtifacts,
  ownImage: boolean,
): Inventories {
  let sources: Promise<Sources> | undefined
  const inventory: Inventories['inventory'] = async (vars = {}) => {
    sources ??= sourcesOf(artifacts)
    return inventoryOf(members, wish(), host, ownImage ? await imageVars(artifacts) : {}, [
      ['base', { timeSync: 'none' }],
      ['zookeeper', { heapMb: 128 }],
      ...Object.entries(await sources),
      ['consul', { datacenter: 'test' }],
      ...Object.entries(vars),
    ])
  }
  return {
    inventory,
    cluster: async (vars) => parseInventory(await inventory(vars), { path: 'inventory.json', roles: ROLES }),
  }
}

/** The current changes to the inventory, and the machines of its hosts. */
export function wishes(first: Wish, host: (name: string) => SandboxHost) {
  let wish = first
  return {
    now: () => wish,
    are: (next: Wish): void => {
      wish = next
    },
    machines: (names: readonly string[]): readonly SandboxHost[] =>
      names.filter((name) => wish.hosts.includes(name)).map((name) => host(wish.at?.[name] ?? name)),
  }
}
