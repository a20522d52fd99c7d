import { consulLeave } from '../clients/consul.ts'
import { consulOf } from '../clients/settings/consul.ts'
import type { LedgerHost } from '../inventory/cloud/ledger.ts'
import { isQuorum } from '../inventory/cloud/merge.ts'
import { makeCluster } from '../inventory/make-cluster.ts'
import { compact } from '../lib/compact.ts'
import { message } from '../lib/message.ts'
import type { InventoryHost } from '../model/host.ts'
import type { Cluster } from '../model/recipe.ts'
import { leaving, recipesOf } from '../model/recipes-of.ts'
import { sh } from '../shell/script.ts'
import { type Ground, step, warn } from './ground.ts'
import { type Instance, TAG } from './provider.ts'

/** The name that lets a host end with what runs on it. */
export const UNDRAINED = 'undrained'

/** A host that is to end, or to be stopped, and its instance. */
export interface Leaver {
  readonly host: string
  readonly instance: Instance
}

/**
 * A host that is no longer declared, as those are that have its roles. Undefined where there is none: then nobody could
 * take what it does.
 */
export function asItsLike(
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

/** The cluster with hosts in it that are no longer declared. */
function whole({ cluster, ledger, provider }: Ground, leavers: readonly Leaver[]): Cluster {
  const known = new Set(cluster.hosts.map(({ name }) => name))
  const others = leavers
    .filter(({ host }) => !known.has(host))
    .flatMap((each) => asItsLike(cluster, each, ledger.hosts[each.host]) ?? [])
    .map((host) => ({ ...host, ssh: { ...provider.login, ...host.ssh } }))
  return others.length === 0 ? cluster : makeCluster([...cluster.hosts, ...others], cluster.roles, cluster.cloud)
}

/** Those that serve what others can take: the last ones of their kind have nobody to leave it to. Pure. */
export function movers(
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

/** How hosts are let go. */
export interface Leave {
  readonly allow: readonly string[]
  /** All hosts that go, also later; default: the leavers. */
  readonly going?: ReadonlySet<string>
  /** Told before anything is done to one that serves. */
  leaves?(host: string): void
}

/** The hosts among them whose work moves to others before they go. */
export function moving(ground: Ground, leavers: readonly Leaver[], { allow, going }: Leave): readonly string[] {
  const { service, ledger } = ground
  const up = leavers.filter(({ host, instance }) => instance.state === 'running' && ledger.hosts[host]?.hostKey)
  if (!service || allow.includes(UNDRAINED)) return []
  const names = up.map(({ host }) => host)
  return movers(whole(ground, up), names, going ?? new Set(names))
}

/** Takes the node of a host out of Consul: one that only ended would be shown there as failed for days. */
async function leaveConsul(ground: Ground, host: InventoryHost): Promise<void> {
  step(ground, host.name, 'leaves Consul')
  const connection = await ground.transport.connect(host, ground.signal)
  try {
    await consulLeave(consulOf(host, connection))
    await connection.exec(sh`systemctl stop consul`).done // it would be started again, and join
  } finally {
    await connection.close().catch(() => undefined)
  }
}

/**
 * Takes hosts out of service that are about to end or to be stopped: their tasks move to others, and their nodes leave
 * Consul. Those that serve nothing others can take are let go as they are.
 * @returns why not, by host, for those that must stay
 */
export async function takeOut(
  ground: Ground,
  leavers: readonly Leaver[],
  { allow, going, leaves = () => {} }: Leave,
): Promise<ReadonlyMap<string, string>> {
  const { service, signal, ledger } = ground
  const up = leavers.filter(({ host, instance }) => instance.state === 'running' && ledger.hosts[host]?.hostKey)
  if (!service || up.length === 0 || allow.includes(UNDRAINED)) return new Map()
  const cluster = whole(ground, up)
  const names = up.map(({ host }) => host)
  const serve = movers(cluster, names, going)
  const say = (host: string, text: string): void => step(ground, host, text)
  const stay = serve.length === 0 ? new Map() : await service.out(cluster, serve, { allow, signal, say, leaves })
  const left = cluster.hosts.filter((host) => names.includes(host.name) && !stay.has(host.name))
  const nodes = left.filter((host) => {
    const recipes = recipesOf(host, cluster.roles)
    return recipes.some(({ name }) => name === 'consul') && !recipes.some(isQuorum)
  })
  await Promise.all(
    nodes.map((host) =>
      leaveConsul(ground, host).catch((error: unknown) =>
        warn(ground, `${host.name} has not left Consul, where it will be shown as failed: ${message(error)}`),
      ),
    ),
  )
  return stay
}

/** Brings a host back into service that a stop took out. @returns why not */
export async function bringBack(ground: Ground, host: InventoryHost): Promise<string | undefined> {
  const { service, signal, cluster: before } = ground
  if (!service) return undefined
  const hosts = before.hosts.map((each) => (each.name === host.name ? host : each))
  const cluster = makeCluster(hosts, before.roles, before.cloud)
  const say = (name: string, text: string): void => step(ground, name, text)
  return (await service.back(cluster, [host.name], { allow: [], signal, say, leaves: () => {} })).get(host.name)
}
