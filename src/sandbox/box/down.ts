import { rmSync } from 'node:fs'
import { join } from 'node:path'
import { cgroupOf, dropCgroups, killCgroup, madeCgroups, pruneCgroups } from '../cgroup.ts'
import { removeAll, SandboxError } from '../exec.ts'
import { detachHost } from '../host/host.ts'
import { clearBuilds } from '../image/image.ts'
import { stopCache } from '../image/package-cache.ts'
import { unmountAll } from '../mounts.ts'
import { removeBridge } from '../network/cable.ts'
import { type BoxRecord, foldersIn, paths, readRecord } from '../state.ts'
import { boxOf, type Ground, placeOf, recordsOf } from './ground.ts'

/**
 * Removes a sandbox. Finds everything that it made by name, even after a crash of the tool at any point. Holds the
 * sandbox's lock.
 */
export async function clear(ground: Ground): Promise<void> {
  const { state, name } = ground
  const { record, root, hosts } = boxOf(ground)
  await killCgroup(cgroupOf(name))
  const known = readRecord<BoxRecord>(record)
  if (known) for (const host of recordsOf(ground)) await detachHost(placeOf(ground), host)
  pruneCgroups([...recordsOf(ground).flatMap((host) => host.cgroups), ...madeCgroups(name)])
  await unmountAll(root)
  if (known) await removeBridge(known.net)
  await removeAll(hosts)
  rmSync(join(paths(state).clouds, name), { recursive: true, force: true })
  rmSync(root, { recursive: true, force: true }) // last, because it contains the record
  await stopCache(state)
  dropCgroups(madeCgroups())
}

/** Also removes images and packages. @throws SandboxError if other sandboxes use them */
export async function purge({ state }: Ground): Promise<void> {
  const at = paths(state)
  const others = foldersIn(at.boxes)
  if (others.length > 0) throw new SandboxError(`images and packages are kept: sandboxes ${others.join(', ')} use them`)
  // By name, not the whole folder, which may have contained other files before.
  await clearBuilds(at.images)
  for (const path of [
    at.images,
    at.layers,
    at.cache,
    at.boxes,
    at.clouds,
    at.locks,
    at.identity,
    `${at.identity}.pub`,
  ]) {
    await unmountAll(path) // never delete through a mount
    rmSync(path, { recursive: true, force: true })
  }
}
