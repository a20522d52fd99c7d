import { existsSync, mkdirSync, renameSync, rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { SandboxError } from '../exec.ts'
import { type Place, removeHost, saveHost, stopHost } from '../host/host.ts'
import { readMounts, unmountAll } from '../mounts.ts'
import { type HostOptions, type HostRecord, hostPaths, paths, type Release, readRecord, writeRecord } from '../state.ts'
import { ensureImage, type Progress } from './image.ts'

/** What a host is built on: a release, and read-only folders, top first. */
export interface Ground {
  readonly release: Release
  readonly lower: readonly string[]
}

const read = (state: string, layer: string): Ground | undefined =>
  readRecord<Ground>(join(paths(state).layers, layer, 'layer.json'))

/** True if a layer of this name was baked, and the folders below it still exist. */
export const hasLayer = (state: string, layer: string): boolean =>
  read(state, layer)?.lower.every((folder) => existsSync(folder)) ?? false

/** What a host with these options is built on; builds the image if it is missing. @throws SandboxError */
export const groundOf = async (
  state: string,
  { name, layer, release }: HostOptions,
  progress: Progress,
): Promise<Ground> => {
  if (layer === undefined)
    return { release: release ?? '12', lower: [await ensureImage(state, release ?? '12', progress)] }
  const found = read(state, layer)
  if (!found || !hasLayer(state, layer))
    throw new SandboxError(`${name}: there is no layer "${layer}" (or its image is gone): bake it first`)
  if (release !== undefined && release !== found.release)
    throw new SandboxError(`${name}: layer "${layer}" is Debian ${found.release}, not ${release}`)
  return { release: found.release, lower: [join(paths(state).layers, layer, 'disk'), ...found.lower] }
}

/** Files that belong to one host and must not reappear in another. */
const OWN = [
  'var/log/journal',
  'etc/hostname',
  'etc/hosts',
  'etc/ssh/ssh_host_ed25519_key',
  'etc/ssh/ssh_host_ed25519_key.pub',
]

/**
 * Keeps a host's disk as a layer for new hosts, and removes the host. @throws SandboxError if hosts use a layer of that
 * name
 */
export const bakeLayer = async (place: Place, host: HostRecord, layer: string): Promise<void> => {
  if (host.light) throw new SandboxError(`${host.name} is a light host: only hosts with a disk can be baked`)
  const folder = join(paths(place.state).layers, layer)
  if (readMounts().includes(`${folder}/`))
    throw new SandboxError(`hosts use layer "${layer}": remove them first, or bake under another name`)
  const at = hostPaths(place.state, place.box, host.name, false)
  await stopHost(place, host)
  await unmountAll(at.mount)
  saveHost(place, { ...host, made: false })
  for (const path of OWN) rmSync(join(at.upper, path), { recursive: true, force: true })
  writeFileSync(join(at.upper, 'etc/machine-id'), '')
  rmSync(folder, { recursive: true, force: true })
  mkdirSync(folder, { recursive: true })
  renameSync(at.upper, join(folder, 'disk'))
  writeRecord(join(folder, 'layer.json'), { release: host.release, lower: host.lower } satisfies Ground)
  await removeHost(place, host)
}
