import { consulLeave } from '../../clients/consul.ts'
import { consulOf } from '../../clients/settings/consul.ts'
import type { LedgerHost } from '../../inventory/cloud/ledger.ts'
import { isQuorum } from '../../inventory/cloud/merge.ts'
import { makeCluster } from '../../inventory/make-cluster.ts'
import { compact } from '../../lib/compact.ts'
import { message } from '../../lib/message.ts'
import type { InventoryHost } from '../../model/host.ts'
import type { Cluster } from '../../model/recipe.ts'
import { leaving, recipesOf } from '../../model/recipes-of.ts'
import { sh } from '../../shell/script.ts'
import { ended } from '../../transport/transport.ts'
import { detach } from '../balancers/attach.ts'
import { type Ground, type Leaver, step, waits, warn } from '../ground.ts'
import { CloudError, TAG } from '../provider.ts'

/** Waives draining: a host may end together with what runs on it. */
const UNDRAINED = 'undrained'

/**
 * A host that is no longer declared, with the settings of declared hosts that have its roles. Undefined if there is
 * none: then no host could take over its work.
 */
function asItsLike(
  cluster: Cluster,
  { host: name, instance }: Leaver,
  entry: LedgerHost | undefined,
): InventoryHost | undefined {
  const roles = (instance.tags[TAG.roles] ?? '').split(' ').filter((role) => role !== '')
  const like =
    cluster.hosts.find((host) => host.roles.join(' ') === roles.join(' ')) ??
    cluster.hosts.find((host) => host.roles.some((role) => roles.includes(role)))
  const address = like?.cloud?.address === 'public' ? instance.publicAddress : instance.privateAddress
  if (!like || address === undefined || entry?.hostKey === undefined) return undefined
  const { absent: _, ...rest } = like
  const ssh = { ...like.ssh, ...compact({ user: entry.user ?? like.ssh.user }), hostKey: entry.hostKey }
  return { ...rest, name, address, privateAddress: instance.privateAddress ?? address, ssh }
}

/** The cluster including hosts that are no longer declared. */
function whole({ cluster, ledger, provider }: Ground, leavers: readonly Leaver[]): Cluster {
  const known = new Set(cluster.hosts.map(({ name }) => name))
  const { leaving: gone = [] } = cluster
  const others = leavers
    .filter(({ host }) => !known.has(host))
    .flatMap(
      (each) => gone.find(({ name }) => name === each.host) ?? asItsLike(cluster, each, ledger.hosts[each.host]) ?? [],
    )
    .map((host) => ({ ...host, ssh: { ...provider.login, ...host.ssh } }))
  return others.length === 0 ? cluster : makeCluster([...cluster.hosts, ...others], cluster.roles, cluster.cloud)
}

/** Hosts whose work others can take over. The last host of a role has no other. Pure. */
function movers(
  cluster: Cluster,
  leavers: readonly string[],
  going: ReadonlySet<string> = new Set(leavers),
): readonly string[] {
  return leavers.filter((name) => {
    const host = cluster.hosts.find((each) => each.name === name)
    return (
      host !== undefined &&
      leaving(host, cluster).some((recipe) =>
        cluster.withRecipe(recipe.name).some((other) => !going.has(other.name) && other.absent === undefined),
      )
    )
  })
}

/** How to take hosts out of service. */
export interface Leave {
  readonly allow: readonly string[]
  /** All hosts that will go, including later ones; default: the leavers. */
  readonly going?: ReadonlySet<string>
  /** Called before a serving host is changed. */
  leaves?(host: string): void
}

/** The hosts whose work moves to others before they go. */
export function moving(ground: Ground, leavers: readonly Leaver[], { allow, going }: Leave): readonly string[] {
  const up = reachable(ground, leavers)
  if (!ground.service || allow.includes(UNDRAINED)) return []
  const names = up.map(({ host }) => host)
  return movers(whole(ground, up), names, going ?? new Set(names))
}

const reachable = ({ ledger }: Ground, leavers: readonly Leaver[]): readonly Leaver[] =>
  leavers.filter(({ host, instance }) => instance.state === 'running' && ledger.hosts[host]?.hostKey !== undefined)

/** Removes a host's node from Consul, which would otherwise show it as failed for days. */
async function leaveOne(ground: Ground, host: InventoryHost): Promise<void> {
  step(ground, host.name, 'leaves Consul')
  const connection = await ground.transport.connect(host, ground.signal)
  try {
    // an interrupted run may have stopped it already
    if ((await ended(connection.exec(sh`systemctl is-active -q consul`))).code !== 0) return
    await consulLeave(consulOf(host, connection))
    await ended(connection.exec(sh`systemctl stop consul`)) // systemd would restart it, and it would rejoin
  } finally {
    await connection.close().catch(() => undefined)
  }
}

/** Removes the nodes of Consul clients. Reports a failure, which must not keep a host from going. */
async function leaveConsul(ground: Ground, hosts: readonly InventoryHost[], { roles }: Cluster): Promise<void> {
  const clients = hosts.filter((host) => {
    const recipes = recipesOf(host, roles)
    return recipes.some(({ name }) => name === 'consul') && !recipes.some(isQuorum)
  })
  const leave = (host: InventoryHost): Promise<void> =>
    leaveOne(ground, host).catch((error: unknown) =>
      warn(ground, `${host.name} has not left Consul, where it will be shown as failed: ${message(error)}`),
    )
  await Promise.all(clients.map(leave))
}

/**
 * Takes hosts out of service before they are terminated or stopped: their tasks move to others, and their nodes leave
 * Consul. Hosts whose work nobody can take over are released as they are.
 * @returns for each host that must stay, why
 */
export async function takeOut(
  ground: Ground,
  leavers: readonly Leaver[],
  { allow, going, leaves = () => {} }: Leave,
): Promise<ReadonlyMap<string, string>> {
  const { service, signal } = ground
  const up = reachable(ground, leavers)
  const names = up.map(({ host }) => host)
  const cluster = whole(ground, up)
  const serve = service && !allow.includes(UNDRAINED) ? movers(cluster, names, going) : []
  const say = (host: string, what: string): void => waits(ground, host, what)
  const refused =
    service && serve.length > 0 ? await service.out(cluster, serve, { allow, signal, say, leaves }) : undefined
  const stay = new Map(refused)
  await Promise.all(
    leavers
      .filter(({ host }) => !stay.has(host))
      .map((leaver) =>
        detach(ground, leaver).catch((error: unknown) => {
          if (!(error instanceof CloudError)) throw error
          stay.set(leaver.host, error.message)
        }),
      ),
  )
  if (service && !allow.includes(UNDRAINED))
    await leaveConsul(
      ground,
      cluster.hosts.filter(({ name }) => names.includes(name) && !stay.has(name)),
      cluster,
    )
  return stay
}

/** Brings a host that a stop took out of service back. @returns why that failed */
export async function bringBack(ground: Ground, host: InventoryHost): Promise<string | undefined> {
  const { service, signal, cluster: before } = ground
  if (!service) return undefined
  const hosts = before.hosts.map((each) => (each.name === host.name ? host : each))
  const cluster = makeCluster(hosts, before.roles, before.cloud)
  const say = (name: string, what: string): void => waits(ground, name, what)
  return (await service.back(cluster, [host.name], { allow: [], signal, say, leaves: () => {} })).get(host.name)
}
