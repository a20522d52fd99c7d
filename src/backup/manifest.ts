import { createHash } from 'node:crypto'
import { createReadStream, readdirSync, readFileSync, statSync } from 'node:fs'
import { join } from 'node:path'
import * as v from 'valibot'
import { list, object, text } from '../lib/json.ts'
import { whyUnread } from '../lib/message.ts'
import { UserError } from '../lib/user-error.ts'
import { parseSnapshot } from './snapshot.ts'

/** The content of a backup's `manifest.json`. */
export interface Manifest {
  readonly format: 1
  /** When the backup was made, as ISO 8601. */
  readonly made: string
  readonly zookeeper?: ZooKeeperPart
  readonly consul?: ConsulPart
  readonly marathon?: MarathonPart
  /** All other files, by path in the folder. */
  readonly files: Readonly<Record<string, FileSum>>
}

/** The state of an ensemble, in `zookeeper/snapshot`. */
export interface ZooKeeperPart {
  /** The member that it was copied from. */
  readonly host: string
  readonly version: string
  /** The last change in it, hexadecimal. */
  readonly zxid: string
  readonly nodes: number
  readonly ephemerals: number
  /** The ids of the members. */
  readonly members: readonly number[]
}

/** The state of Consul's servers, in `consul.snap`. */
export interface ConsulPart {
  readonly host: string
  readonly datacenter: string
  readonly index: number
  readonly keys: number
  readonly tokens: number
}

/** Marathon's identity, and the number of definitions in `marathon/`. */
export interface MarathonPart {
  readonly version?: string
  readonly frameworkId?: string
  /** The path of its state in ZooKeeper. */
  readonly zkPath: string
  readonly apps: readonly string[]
}

/** The expected size and checksum of a file. */
export interface FileSum {
  readonly size: number
  readonly sha256: string
}

/** The paths of the parts in a backup's folder. */
export const FILES = { manifest: 'manifest.json', zookeeper: 'zookeeper.snapshot', consul: 'consul.snap' } as const

/** The file in an unfinished backup that names the process that makes it. */
export const OWNER = 'pid'

/** The file of an app's definition. Ids contain no `_`. */
export const definitionFile = (id: string): string => `marathon/${id.slice(1).replaceAll('/', '_')}.json`

/** A backup cannot be made, or a folder cannot be restored. */
export class BackupError extends UserError {
  override readonly name = 'BackupError'
}

/** A required host is unreachable. */
export class UnreachableError extends UserError {
  override readonly name = 'UnreachableError'
}

/** The size and checksum of a file. */
export async function sumOf(file: string): Promise<FileSum> {
  const hash = createHash('sha256')
  for await (const chunk of createReadStream(file)) hash.update(chunk as Buffer)
  return { size: statSync(file).size, sha256: hash.digest('hex') }
}

/** The checksums of all files of a backup, by path. */
export async function sumsOf(folder: string): Promise<Record<string, FileSum>> {
  const names = readdirSync(folder, { recursive: true, encoding: 'utf8', withFileTypes: false })
  const others: readonly string[] = [FILES.manifest, OWNER]
  const files = names.filter((name) => statSync(join(folder, name)).isFile() && !others.includes(name)).sort()
  const sums = await Promise.all(files.map(async (name) => [name, await sumOf(join(folder, name))] as const))
  return Object.fromEntries(sums)
}

function readManifest(folder: string): Manifest {
  let said: unknown
  try {
    said = JSON.parse(readFileSync(join(folder, FILES.manifest), 'utf8'))
  } catch (cause) {
    throw new BackupError(`${folder} is not a backup: it has no readable ${FILES.manifest}.`, { cause })
  }
  const { format, files, made } = object(said)
  const foreign = (why: string) =>
    new BackupError(`${folder} is not a backup: its ${FILES.manifest} belongs to something else${why}.`)
  if (format === undefined || text(made) === '' || files === undefined) throw foreign('')
  if (format !== 1)
    throw new BackupError(`${folder} is a backup of format ${format}, which this version of provision cannot read.`)
  const { success, output, issues } = v.safeParse(MANIFEST, said)
  if (!success) throw foreign(` (${v.getDotPath(issues[0])} is wrong)`)
  return output as Manifest
}

const count = v.pipe(v.number(), v.integer(), v.minValue(0))
const MANIFEST = v.object({
  format: v.literal(1),
  made: v.string(),
  zookeeper: v.optional(
    v.object({
      host: v.string(),
      version: v.string(),
      zxid: v.pipe(v.string(), v.regex(/^[0-9a-f]+$/)),
      nodes: count,
      ephemerals: count,
      members: v.array(count),
    }),
  ),
  consul: v.optional(v.object({ host: v.string(), datacenter: v.string(), index: count, keys: count, tokens: count })),
  marathon: v.optional(
    v.object({
      version: v.optional(v.string()),
      frameworkId: v.optional(v.string()),
      zkPath: v.string(),
      apps: v.array(v.string()),
    }),
  ),
  files: v.record(v.string(), v.object({ size: count, sha256: v.string() })),
})

/**
 * Opens a backup: checks that all files in its manifest exist with their checksums, and that ZooKeeper's snapshot has
 * the stated number of nodes. @throws BackupError in one sentence
 */
export async function openBackup(folder: string): Promise<Manifest> {
  const manifest = readManifest(folder)
  const sums = await sumsOf(folder).catch((cause) => {
    throw new BackupError(`The backup ${folder} cannot be read: ${whyUnread(cause)}.`, { cause })
  })
  for (const [name, { size, sha256 }] of Object.entries(manifest.files)) {
    const is = sums[name]
    if (is === undefined) throw new BackupError(`The backup ${folder} is incomplete: ${name} is missing.`)
    if (is.size !== size || is.sha256 !== sha256)
      throw new BackupError(`The backup ${folder} is damaged: ${name} does not match its manifest.`)
  }
  const { zookeeper, consul, marathon } = manifest
  const needs = [
    ...(zookeeper ? [FILES.zookeeper] : []),
    ...(consul ? [FILES.consul] : []),
    ...list(marathon?.apps).map((id) => definitionFile(String(id))),
  ]
  const without = needs.find((name) => manifest.files[name] === undefined)
  if (without !== undefined) throw new BackupError(`The backup ${folder} is incomplete: ${without} is missing.`)
  if (zookeeper !== undefined) checkSnapshot(join(folder, FILES.zookeeper), zookeeper)
  return manifest
}

/** Reads a snapshot again and compares its counts. @throws BackupError */
export function checkSnapshot(file: string, { nodes }: Pick<ZooKeeperPart, 'nodes'>): void {
  let found: number
  try {
    found = parseSnapshot(readFileSync(file)).nodes
  } catch (cause) {
    throw new BackupError(`${file} cannot be used: ${(cause as Error).message}.`, { cause })
  }
  if (found !== nodes) throw new BackupError(`${file} has ${found} nodes, but ${nodes} were expected.`)
}
