import { setTimeout as sleep } from 'node:timers/promises'
import {
  type Consul,
  consulAddNode,
  consulDropNode,
  consulKeys,
  consulLeader,
  consulMembers,
  consulNode,
} from '../clients/consul.ts'
import { firstOf } from '../clients/first-of.ts'
import { consulOf, consulPort, consulToken } from '../clients/settings/consul.ts'
import { list, object, text } from '../lib/json.ts'
import { message, sentence } from '../lib/message.ts'
import { timeLimit } from '../lib/wait/time-limit.ts'
import type { InventoryHost } from '../model/host.ts'
import type { Cluster } from '../model/recipe.ts'
import { STATE_DIR } from '../shell/paths.ts'
import { type Blob, dropBlob, join, type Script, sh, shFile } from '../shell/script.ts'
import type { Links } from './links.ts'
import { BackupError, type ConsulPart, UnreachableError } from './manifest.ts'

const DIR = `${STATE_DIR}/backup-consul`
/** The functions of consul.sh. */
export const CONSUL_FUNCTIONS = shFile(import.meta.url, './consul.sh')

/** All servers. */
export const serversOf = (cluster: Cluster): readonly InventoryHost[] => cluster.withRecipe('consul-server')

/** A client of a host's own agent. */
export const consulAt = (host: InventoryHost, { loopback }: Links): Consul =>
  consulOf(host, { dial: (_, port) => loopback(host, port)() })

const script = (host: InventoryHost, call: Script): Script =>
  join([sh`dir=${DIR} port=${consulPort(host)} token=${consulToken(host) ?? ''}`, CONSUL_FUNCTIONS, call])

/** A server that knows a leader; undefined if none does. */
export const consulServing = (cluster: Cluster, links: Links): Promise<InventoryHost | undefined> =>
  firstOf(serversOf(cluster), async (host, signal) => {
    const leader = await consulLeader({ ...consulAt(host, links), signal }).catch(() => undefined)
    return leader === undefined ? undefined : host
  })

/** The datacenter of a host's agent, according to the inventory. */
export const datacenterOf = (host: InventoryHost): string => text(host.vars.consul?.datacenter) || 'dc1'

/** Saves the state of Consul's servers; Consul verifies and counts it. @throws BackupError */
export async function saveConsul(cluster: Cluster, file: string, links: Links): Promise<ConsulPart> {
  const host = await consulServing(cluster, links)
  if (host === undefined)
    throw new BackupError('No Consul server knows of a leader. Only servers with a quorum can be backed up.')
  try {
    const said = await links.ask(host, script(host, sh`save_snapshot`))
    const [sum = '', ...json] = said.split('\n')
    if ((await links.fetch(host, `${DIR}/snapshot`, file)) !== sum) throw new Error('it arrived incomplete')
    const { Meta, Stats, StatsKV } = object(JSON.parse(json.join('\n')))
    const stats = list(Stats ?? StatsKV).map(object)
    const count = (name: string) => Number(stats.find(({ Name }) => Name === name)?.Count ?? 0)
    return {
      host: host.name,
      datacenter: datacenterOf(host),
      index: Number(object(Meta).Index),
      keys: count('KVS'),
      tokens: count('ACLToken'),
    }
  } catch (error) {
    if (error instanceof UnreachableError) throw error
    throw new BackupError(`${host.name}: Consul's snapshot could not be saved: ${sentence(message(error))}`, {
      cause: error,
    })
  } finally {
    await links.ask(host, sh`rm -rf ${DIR}`).catch(() => undefined)
  }
}

/**
 * Restores the state of Consul's servers through one of them. A recreated host has another node id than the snapshot
 * has under its name, which would keep it out: those entries are replaced, and each agent registers its services again.
 */
export async function restoreConsul(cluster: Cluster, blob: Blob, links: Links): Promise<number> {
  const host = await consulServing(cluster, links)
  if (host === undefined) throw new BackupError('No Consul server knows of a leader: there is nothing to restore into.')
  await links.upload(host, blob)
  await links.ask(host, script(host, sh`restore_snapshot ${{ blob }}; ${dropBlob(blob)}`))
  await served(host, links)
  const consul = consulAt(host, links)
  for (const { name, id, address } of await consulMembers(consul)) {
    const known = await consulNode(consul, name)
    if (known === undefined || known.id === id) continue
    await consulDropNode(consul, name)
    await consulAddNode(consul, { name, id, address })
  }
  return (await consulKeys(consul)).length
}

/** Waits until the servers answer again after a restore. */
async function served(host: InventoryHost, links: Links): Promise<void> {
  for (const isLast = timeLimit(60_000); ; await sleep(300)) {
    const last = isLast()
    const leader = await consulLeader(consulAt(host, links)).catch(() => undefined)
    if (leader !== undefined) return
    if (last) throw new BackupError('Consul has no leader after its snapshot was restored.')
  }
}
