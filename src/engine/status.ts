import pLimit from 'p-limit'
import { checkArgument, checkHosts, checkOptions, type Kinds } from '../lib/check/options.ts'
import { there } from '../lib/user-error.ts'
import { cleaner, secretsIn } from '../model/clean.ts'
import type { Health } from '../model/health.ts'
import type { InventoryHost } from '../model/host.ts'
import type { Cluster, Recipe, Stranger } from '../model/recipe.ts'
import { recipesOf } from '../model/recipes-of.ts'
import { type Connection, type Transport, TransportError } from '../transport/transport.ts'
import { healthOf } from './health.ts'
import { netOf, output } from './link/net.ts'
import { askRetired } from './roll/retired.ts'
import { askUnits } from './units.ts'

/** The state of one component on a host. */
export interface ComponentState extends Pick<Health, 'green' | 'says' | 'leads' | 'held' | 'idle'> {
  readonly host: string
  /** The name of the recipe, or of a timer whose last run failed; `disk`: a file system of the host is full. */
  readonly component: string
  /** Seconds since its unit started; absent if unknown. */
  readonly since?: number
}

/** The state of one host's components, or why the host could not be reached. */
export type HostStatus =
  | { readonly host: string; readonly components: readonly ComponentState[] }
  | { readonly host: string; readonly unreachable: string }

/** The options of a status query. */
export interface StatusOptions {
  readonly transport: Transport
  /** Which hosts; default: all of the cluster. */
  readonly hosts?: readonly InventoryHost[]
  /** How many hosts in parallel; default 50. */
  readonly forks?: number
}

const OPTIONS: Kinds<StatusOptions> = { transport: 'transport!', hosts: 'list', forks: 'count' }

/** How far a leaving host has come; its components are not asked any more. */
async function wayOutOf({ name }: InventoryHost, connection: Connection): Promise<ComponentState> {
  const left = (await output(connection, askRetired)) !== ''
  const says = left ? 'has left the cluster: take it out of the inventory' : 'is to leave with the next run'
  return { host: name, component: 'retired', green: true, says }
}

/** The remedy for a member that is not in the inventory, or does not have this recipe there. */
const unknown = (recipe: string, { roles }: Stranger): string =>
  roles
    ? `and its roles in the inventory do not have ${recipe}. It runs on, and no run looks after it. To end that, give it the roles back with "retire": true and run provision; afterwards, give it its new roles without "retire"`
    : 'and the inventory does not have it. If it was taken out of that, put it back with "retire": true and run provision (with --allow gone if the machine is no more)'

/** Members that are not in the inventory. The first healthy host of each recipe is asked; no answer counts as none. */
async function strangersTo(
  { cluster, claimed }: Asking,
  host: InventoryHost,
  connection: Connection,
  well: readonly Recipe[],
): Promise<readonly ComponentState[]> {
  const asked = well.filter(({ name, strangers }) => strangers !== undefined && !claimed.has(name))
  for (const { name } of asked) claimed.add(name)
  const net = netOf(async () => connection)
  const found = await Promise.all(
    asked.map(async (recipe) => {
      const all = (await recipe.strangers?.(host, cluster, net).catch(() => [])) ?? []
      return all.map((one) => ({
        host: one.name,
        component: recipe.name,
        green: true,
        says: `${one.says}, ${unknown(recipe.name, one)}`,
      }))
    }),
  )
  return found.flat()
}

/** What a question for a status is about. */
interface Asking {
  readonly cluster: Cluster
  readonly transport: Transport
  /** Recipes whose strangers some host already asks for. */
  readonly claimed: Set<string>
}

async function ask(host: InventoryHost, asking: Asking): Promise<HostStatus> {
  const { cluster, transport } = asking
  let connection: Connection | undefined
  try {
    const made = await transport.connect(host)
    connection = made
    const clean = cleaner(secretsIn(host.vars))
    if (host.retire) return { host: host.name, components: [await wayOutOf(host, made)] }
    const own = recipesOf(host, cluster.roles)
    const recipes = own.filter((recipe) => recipe.health)
    const [{ since, faults }, ...all] = await Promise.all([
      askUnits(made, own, clean),
      ...recipes.map((recipe) =>
        healthOf(
          recipe,
          host,
          cluster,
          netOf(async () => made),
          clean,
        ),
      ),
    ])
    const components = recipes.map(({ name }, i): ComponentState => {
      const { green, says, leads, held, idle } = there(all[i], 'an answer')
      const seconds = since.get(name)
      return {
        host: host.name,
        component: name,
        green,
        says,
        ...(leads ? { leads } : {}),
        ...(idle ? { idle } : {}),
        ...(held === undefined ? {} : { held }),
        ...(seconds === undefined ? {} : { since: seconds }),
      }
    })
    const well = recipes.filter((_, i) => components[i]?.green)
    const more = faults.map(({ name, says }) => ({ host: host.name, component: name, green: false, says }))
    return { host: host.name, components: [...components, ...more, ...(await strangersTo(asking, host, made, well))] }
  } catch (error) {
    if (error instanceof TransportError) return { host: host.name, unreachable: error.message }
    throw error
  } finally {
    await connection?.close().catch(() => undefined)
  }
}

/**
 * Asks every component for its health, through each host's own sshd. Changes nothing; takes one connection per host.
 * @throws TypeError if an argument is wrong
 */
export async function status(cluster: Cluster, options: StatusOptions): Promise<readonly HostStatus[]> {
  checkArgument('status', 'its first argument', cluster, 'cluster!')
  checkOptions('status', options, OPTIONS)
  checkHosts('status', options.hosts, cluster)
  const { transport, hosts = cluster.hosts, forks = 50 } = options
  const limit = pLimit(forks)
  const asking = { cluster, transport, claimed: new Set<string>() }
  return Promise.all(hosts.map((host) => limit(() => ask(host, asking))))
}
