import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { consulKeys } from '../clients/consul.ts'
import { zookeeperOf } from '../clients/settings/zookeeper.ts'
import { count, list } from '../lib/units.ts'
import { timeLimit } from '../lib/wait/time-limit.ts'
import type { InventoryHost } from '../model/host.ts'
import type { Cluster } from '../model/recipe.ts'
import { recipesOf } from '../model/recipes-of.ts'
import { type Blob, dropBlob, sh } from '../shell/script.ts'
import { consulAt, consulServing, datacenterOf, restoreConsul, serversOf } from './consul.ts'
import type { Links } from './links.ts'
import { BackupError, FILES, type Manifest, openBackup, sumOf } from './manifest.ts'
import { marathonsOf, zkPathOf } from './marathon.ts'
import type { Say } from './save.ts'
import { idOf, membersOf, zookeeperScript } from './zookeeper.ts'

/** A backup to restore into a cluster. */
export interface Wanted {
  readonly folder: string
  readonly manifest: Manifest
  /** Its id in the marks on the hosts. */
  readonly id: string
}

/** Roles whose state is restored, and those that depend on it. */
const CENTRAL = ['zookeeper', 'consul-server', 'mesos-master', 'marathon']

/** The hosts that a restore changes. */
export const mastersOf = (cluster: Cluster): readonly InventoryHost[] =>
  cluster.hosts.filter(
    (host) => host.retire !== true && recipesOf(host, cluster.roles).some(({ name }) => CENTRAL.includes(name)),
  )

/** Why a backup belongs to another cluster. */
function foreign({ zookeeper, consul, marathon }: Manifest, cluster: Cluster): string | undefined {
  const ids = membersOf(cluster)
    .map(idOf)
    .sort((a, b) => a - b)
  const datacenter = serversOf(cluster).map(datacenterOf)[0]
  if (zookeeper !== undefined && ids.length === 0) return 'it has the state of ZooKeeper, and no host runs that'
  if (consul !== undefined && datacenter === undefined)
    return 'it has the state of Consul, and no host is a server of it'
  if (zookeeper !== undefined && String(ids) !== String(zookeeper.members))
    return `its ZooKeeper has the ids ${list(zookeeper.members.map(String))}, that of the inventory ${list(ids.map(String))}`
  if (consul !== undefined && datacenter !== consul.datacenter)
    return `its Consul is the datacenter ${consul.datacenter}, that of the inventory ${datacenter}`
  if (marathon !== undefined && marathonsOf(cluster).length > 0 && zkPathOf(cluster) !== marathon.zkPath)
    return `its Marathon has its state at ${marathon.zkPath}, that of the inventory at ${zkPathOf(cluster)}`
  return undefined
}

/** Opens a backup for a restore. @throws BackupError if it is incomplete, or another cluster's */
export async function openFor(cluster: Cluster, folder: string): Promise<Wanted> {
  const manifest = await openBackup(folder)
  const why = foreign(manifest, cluster)
  if (why !== undefined) throw new BackupError(`${folder} is not a backup of this cluster: ${why}.`)
  return { folder, manifest, id: (await sumOf(join(folder, FILES.manifest))).sha256 }
}

/** How far an earlier restore got on these hosts, from the mark that it left there. */
export type Progress = 'begun' | 'restored'

/** What exists on the hosts. */
export interface Found {
  /** Descriptions of the data that a restore would remove. */
  readonly data: readonly string[]
  /** How far all hosts have got if the same backup was being restored. */
  readonly progress: Progress | undefined
}

/** The number of nodes of an unused ensemble: the root as "" and "/", and ZooKeeper's own three. */
const EMPTY = 5

async function zookeeperData(hosts: readonly InventoryHost[], links: Links): Promise<readonly string[]> {
  const states = await Promise.all(
    hosts.map(async (host) => ({
      host,
      server: (await zookeeperOf(host, links.reach).catch(() => undefined))?.server,
    })),
  )
  const serving = states.flatMap(({ host, server }) => (server === undefined ? [] : [{ host, server }]))
  const fullest = serving.sort((a, b) => b.server.nodes - a.server.nodes)[0]
  if (fullest !== undefined)
    return fullest.server.nodes > EMPTY
      ? [`ZooKeeper serves with ${count(fullest.server.nodes, 'node')} (${fullest.host.name})`]
      : []
  const found = await Promise.all(
    hosts.map(async (host) => ((await links.ask(host, zookeeperScript(sh`find_data`))) === 'data' ? [host.name] : [])),
  )
  const names = found.flat()
  return names.length > 0
    ? [`${list(names)} ${names.length === 1 ? 'has' : 'have'} data of ZooKeeper, although no quorum serves`]
    : []
}

/** Looks for data that a restore would overwrite. All hosts must be reachable. @throws UnreachableError */
export async function look(cluster: Cluster, { id }: Pick<Wanted, 'id'>, links: Links): Promise<Found> {
  const hosts = mastersOf(cluster)
  const marks = await Promise.all(hosts.map((host) => links.ask(host, zookeeperScript(sh`read_mark`))))
  const own = marks.filter((mark) => mark.startsWith(`${id} `)).map((mark) => mark.slice(id.length + 1))
  if (own.length > 0) {
    const isRestored = own.length === hosts.length && own.every((state) => state === 'restored')
    return { data: [], progress: isRestored ? 'restored' : 'begun' }
  }
  const data = [...(await zookeeperData(membersOf(cluster), links))]
  const consul = await consulServing(cluster, links)
  const keys = consul === undefined ? 0 : (await consulKeys(consulAt(consul, links))).length
  if (consul !== undefined && keys > 0) data.push(`Consul has ${count(keys, 'key')} (${consul.name})`)
  return { data, progress: undefined }
}

/** Records on all hosts how far this restore has got; without a state, removes the mark. */
export async function mark(cluster: Cluster, { id }: Wanted, state: Progress | undefined, links: Links): Promise<void> {
  const text = state === undefined ? '' : `${id} ${state}`
  await Promise.all(mastersOf(cluster).map((host) => links.ask(host, zookeeperScript(sh`write_mark ${text}`))))
}

const blobOf = async (path: string): Promise<Blob> => ({ ...(await sumOf(path)), source: { path } })

/** Waits until all members serve, and counts their nodes. */
async function counted(cluster: Cluster, { nodes, ephemerals }: NonNullable<Manifest['zookeeper']>, links: Links) {
  const hosts = membersOf(cluster)
  for (const isLast = timeLimit(180_000); ; await sleep(500)) {
    const last = isLast()
    const states = await Promise.all(hosts.map((host) => zookeeperOf(host, links.reach).catch(() => undefined)))
    const counts = states.flatMap((state) => (state?.server === undefined ? [] : [state.server.nodes - 2]))
    if (counts.length === hosts.length) {
      // sessions from the time of the backup expire, and their ephemeral nodes with them
      const wrong = counts.find((is) => is > nodes || is < nodes - ephemerals)
      if (wrong === undefined) return
      throw new BackupError(`After the restore ZooKeeper has ${count(wrong, 'node')}, but the backup has ${nodes}.`)
    }
    if (last)
      throw new BackupError(
        `${counts.length} of ${hosts.length} ZooKeeper members are serving after the restore: see \`provision status\`, then run the same command again.`,
      )
  }
}

/** No member starts before all have the data: members without it could form a quorum of their own. */
async function restoreZookeeper(cluster: Cluster, { folder, manifest }: Wanted, links: Links, say: Say): Promise<void> {
  const { zookeeper } = manifest
  if (zookeeper === undefined) return
  const hosts = membersOf(cluster)
  const blob = await blobOf(join(folder, FILES.zookeeper))
  await Promise.all(hosts.map((host) => links.upload(host, blob)))
  const put = sh`put_snapshot ${{ blob }} ${zookeeper.zxid}; ${dropBlob(blob)}`
  await Promise.all(hosts.map((host) => links.ask(host, zookeeperScript(put))))
  await Promise.all(hosts.map((host) => links.ask(host, sh`systemctl start --no-block zookeeper`)))
  await counted(cluster, zookeeper, links)
  say(
    'zookeeper',
    `${count(zookeeper.nodes, 'node')} up to ${zookeeper.zxid}, on ${list(hosts.map(({ name }) => name))}`,
  )
}

/**
 * Replaces the masters' state with that of a backup. Requires ZooKeeper and Consul to run, and stops what writes to
 * ZooKeeper. @throws BackupError, UnreachableError
 */
export async function restoreData(cluster: Cluster, wanted: Wanted, links: Links, say: Say): Promise<void> {
  await mark(cluster, wanted, 'begun', links)
  await stopWriters(cluster, links)
  await restoreZookeeper(cluster, wanted, links, say)
  if (wanted.manifest.consul !== undefined) {
    const keys = await restoreConsul(cluster, await blobOf(join(wanted.folder, FILES.consul)), links)
    say('consul', count(keys, 'key'))
  }
  await mark(cluster, wanted, 'restored', links)
}

/** A Marathon on a host that is not a member writes, too. */
async function stopWriters(cluster: Cluster, links: Links): Promise<void> {
  const stop = zookeeperScript(sh`stop_units marathon mesos-master`)
  await Promise.all(mastersOf(cluster).map((host) => links.ask(host, stop)))
}

/** When a backup was made, for messages. */
export const madeAt = ({ made }: Manifest): string => made.slice(0, 16).replace('T', ' ')
