import { existsSync, readdirSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { makeFolders } from '../lib/kept/folders.ts'
import { markedProcess, ownMark } from '../lib/kept/owner.ts'
import { isFileError, whyUnwritten } from '../lib/message.ts'
import { count } from '../lib/units.ts'
import type { Cluster } from '../model/recipe.ts'
import type { Transport } from '../transport/transport.ts'
import { consulServing, saveConsul, serversOf } from './consul.ts'
import { type Links, linksOf } from './links.ts'
import { BackupError, FILES, type Manifest, OWNER, openBackup, sumsOf } from './manifest.ts'
import { marathonsOf, saveMarathon } from './marathon.ts'
import { membersOf, memberToCopy, saveZookeeper } from './zookeeper.ts'

/** Reports a finished step in one line. */
export type Say = (component: string, text: string) => void

/** A finished backup. */
export interface Saved {
  readonly manifest: Manifest
  /** Descriptions of the secrets in it. */
  readonly secrets: readonly string[]
}

function checkCluster(cluster: Cluster): void {
  if (membersOf(cluster).length === 0 && serversOf(cluster).length === 0)
    throw new BackupError('There is nothing to back up: no host of the inventory runs zookeeper or consul-server.')
}

/** Creates a temporary folder of this process beside the final one, and removes those of killed processes. */
function begin(folder: string): string {
  if (existsSync(folder)) throw new BackupError(`${folder} exists. A backup makes a folder of its own: name a new one.`)
  const partial = `${folder}.partial`
  const owner = join(partial, OWNER)
  if (existsSync(partial)) {
    const files = readdirSync(partial)
    // a process may be killed before it has written the first file, or after it has removed the last
    if (files.length > 0 && !files.includes(OWNER) && !files.includes(FILES.manifest))
      throw new BackupError(`${partial} exists, but was not made by a backup: move it away.`)
    const pid = files.includes(OWNER) ? markedProcess(readFileSync(owner, 'utf8')) : undefined
    if (pid !== undefined)
      throw new BackupError(`Process ${pid} is making a backup in ${partial}: wait until it has ended.`)
    rmSync(partial, { recursive: true })
  }
  makeFolders(partial, 0o700)
  writeFileSync(owner, ownMark(), { mode: 0o600 })
  return partial
}

async function saveInto(folder: string, cluster: Cluster, links: Links, say: Say): Promise<Saved> {
  const secrets: string[] = []
  let parts: Omit<Manifest, 'format' | 'made' | 'files'> = {}
  if (marathonsOf(cluster).length > 0) {
    const { secrets: found, ...marathon } = await saveMarathon(cluster, folder, links)
    secrets.push(...found)
    parts = { ...parts, marathon }
    say(
      'marathon',
      `${count(marathon.apps.length, 'definition')}, framework ${marathon.frameworkId ?? 'not registered'}`,
    )
  }
  if (membersOf(cluster).length > 0) {
    const { paths, logins, ...zookeeper } = await saveZookeeper(cluster, join(folder, FILES.zookeeper), links)
    const root = parts.marathon?.zkPath
    if (root !== undefined && !paths.some((path) => path.startsWith(`${root}/`)))
      throw new BackupError(`ZooKeeper has no ${root}, where Marathon should have its state (vars.marathon.zkPath).`)
    if (logins.length > 0) secrets.push(`digests of the password of ${logins.join(', ')} in ZooKeeper`)
    parts = { ...parts, zookeeper }
    say('zookeeper', `${count(zookeeper.nodes, 'node')} up to ${zookeeper.zxid}, from ${zookeeper.host}`)
  }
  if (serversOf(cluster).length > 0) {
    const consul = await saveConsul(cluster, join(folder, FILES.consul), links)
    if (consul.tokens > 0) secrets.push(`${count(consul.tokens, 'token')} of Consul's access control`)
    if (consul.keys > 0) secrets.push(`whatever is secret in the ${count(consul.keys, 'key')} of Consul`)
    parts = { ...parts, consul }
    say('consul', `${count(consul.keys, 'key')} at index ${consul.index}, from ${consul.host}`)
  }
  const manifest: Manifest = { format: 1, made: new Date().toISOString(), ...parts, files: await sumsOf(folder) }
  writeFileSync(join(folder, FILES.manifest), `${JSON.stringify(manifest, undefined, 2)}\n`, { mode: 0o600 })
  return { manifest, secrets }
}

/**
 * Saves the state of a cluster's masters in a new folder, which gets its name only after it is complete and was read
 * back.
 * @throws BackupError, TransportError
 */
export async function save(cluster: Cluster, folder: string, transport: Transport, say: Say): Promise<Saved> {
  checkCluster(cluster)
  const links = linksOf(transport)
  let partial: string | undefined
  try {
    partial = begin(folder)
    const saved = await saveInto(partial, cluster, links, say)
    await openBackup(partial)
    rmSync(join(partial, OWNER))
    renameSync(partial, folder)
    return saved
  } catch (cause) {
    if (!isFileError(cause)) throw cause
    throw new BackupError(`${folder} cannot be written: ${whyUnwritten(cause)}.`, { cause })
  } finally {
    await links.close()
    if (partial !== undefined) rmSync(partial, { recursive: true, force: true })
  }
}

/** Reports which hosts a backup would use now. @throws BackupError if no backup can be made */
export async function lookAtSave(cluster: Cluster, transport: Transport, say: Say): Promise<void> {
  checkCluster(cluster)
  const links = linksOf(transport)
  try {
    if (membersOf(cluster).length > 0)
      say('zookeeper', `would be copied from ${(await memberToCopy(cluster, links)).host.name}`)
    if (serversOf(cluster).length === 0) return
    const host = await consulServing(cluster, links)
    if (host === undefined) throw new BackupError('No Consul server knows of a leader.')
    say('consul', `would be saved through ${host.name}`)
  } finally {
    await links.close()
  }
}
