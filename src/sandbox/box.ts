import { mkdirSync, rmSync, writeFileSync } from 'node:fs'
import pLimit from 'p-limit'
import { available } from './available.ts'
import { cgroupOf, dropCgroups, isFrozen, isPopulated, killCgroup, madeCgroups, pruneCgroups } from './cgroup.ts'
import { run, SandboxError } from './exec.ts'
import { shell } from './host/boot.ts'
import { ensureKey } from './host/disk.ts'
import {
  bootHost,
  detachHost,
  freezeHost,
  hostApt,
  hostCgroup,
  killHost,
  makeDisk,
  type Place,
  removeHost,
  replug,
  resetHost,
  saveHost,
  stopHost,
} from './host/host.ts'
import { clearBuilds } from './image/image.ts'
import { bakeLayer, groundOf, hasLayer } from './image/layer.ts'
import { stopCache } from './image/package-cache.ts'
import { locked } from './lock.ts'
import { isMounted, unmountAll } from './mounts.ts'
import { drop, link, linkState, removeBridge } from './network/cable.ts'
import { claimNetwork } from './network/claim.ts'
import { allocate } from './network/network.ts'
import type { Sandbox, SandboxHost, SandboxOptions } from './sandbox.ts'
import { type BoxRecord, boxPaths, foldersIn, type HostOptions, type HostRecord, hostPaths, paths, readRecord, stateDir } from './state.ts'

const NAME = /^[a-z0-9](?:[a-z0-9.-]{0,61}[a-z0-9])?$/

const checkName = (what: string, name: string): void => {
  if (!NAME.test(name))
    throw new SandboxError(
      `${JSON.stringify(name)} is no name for a ${what}: lower-case letters, digits, and "-" or "." inside, at most 63`,
    )
}

/** A host that is there keeps what it is: asking for something else is a mistake that must not go unseen. */
const checkSame = (there: HostRecord, asked: HostOptions): void => {
  for (const key of ['address', 'release', 'light'] as const)
    if (asked[key] !== undefined && asked[key] !== there[key])
      throw new SandboxError(`${there.name} is there with ${key} ${there[key]}, not ${asked[key]}: remove it first`)
}

/** Names of the sandboxes in a state folder. */
export const listSandboxes = (dir?: string): string[] => foldersIn(paths(stateDir(dir)).boxes)

/** Opens a sandbox, which need not exist yet: nothing is made before `up`. @throws SandboxError where hosts cannot run here */
export const openSandbox = async ({ name = 'main', network, dir, onProgress = () => {} }: SandboxOptions = {}): Promise<Sandbox> => {
  const why = available()
  if (why) throw new SandboxError(why)
  checkName('sandbox', name)
  const state = stateDir(dir)
  const at = paths(state)
  const box = boxPaths(state, name)
  const parallel = pLimit(8)

  const place = (): Place => {
    const found = readRecord<BoxRecord>(box.record)
    if (!found) throw new SandboxError(`there is no sandbox "${name}": make it with provision sandbox up`)
    return { state, box: name, net: found.net }
  }
  const records = (): HostRecord[] =>
    foldersIn(box.hosts).flatMap((host) => readRecord<HostRecord>(hostPaths(state, name, host, false).record) ?? [])
  const find = (host: string): HostRecord => {
    const all = records()
    const found = all.find((each) => each.name === host)
    if (!found)
      throw new SandboxError(`sandbox "${name}" has no host "${host}"; it has ${all.map((each) => each.name).join(', ') || 'none'}`)
    return found
  }
  const all = <T, R>(items: readonly T[], work: (item: T) => Promise<R>): Promise<R[]> =>
    Promise.all(items.map((item) => parallel(() => work(item))))
  const each =
    (work: (place: Place, host: HostRecord) => unknown) =>
    async (...names: string[]): Promise<void> => {
      const hosts = names.map(find)
      await all(hosts, async (host) => work(place(), host))
    }
  /** What makes or removes things waits for others that do; faults do not wait. */
  const changing =
    (work: (place: Place, host: HostRecord) => unknown) =>
    (...names: string[]): Promise<void> =>
      locked(box.lock, () => each(work)(...names))
  const show = (host: HostRecord): SandboxHost => ({
    name: host.name,
    address: host.address,
    hostKey: host.hostKey,
    user: 'admin',
    identityFile: at.identity,
    release: host.release,
    sh: async (command, input) => shell(hostCgroup(place(), host), host.name, command, input),
  })

  const makeHost = async (options: HostOptions & { address: string }, apt: readonly string[]): Promise<HostRecord> => {
    const { light = false, delayMs = 0, unified = true, nspawn = [] } = options
    const { release, lower } = await groundOf(state, options, onProgress)
    if (!unified && release !== '12')
      throw new SandboxError(`${options.name}: Debian ${release} does not boot on cgroup v1; leave "unified" true`)
    const hostKey = await ensureKey(hostPaths(state, name, options.name, light).key, options.name)
    const { name: host, address } = options
    const record = { name: host, address, release, lower, light, delayMs, unified, nspawn, hostKey, cgroups: [], made: false }
    await makeDisk(place(), saveHost(place(), record), apt)
    return record
  }

  /** Disks of light hosts: one tmpfs for all. */
  const mountTmpfs = async (): Promise<void> => {
    if (isMounted(box.light)) return
    mkdirSync(box.light, { recursive: true })
    await run('mount', ['-t', 'tmpfs', '-o', 'mode=755', 'provision-sandbox', box.light])
  }

  const up = (wanted: readonly HostOptions[]): Promise<SandboxHost[]> =>
    locked(box.lock, async () => {
      for (const host of wanted) checkName('host', host.name)
      await claimNetwork(state, name, wanted, network)
      for (const half of records().filter((host) => !host.made)) await removeHost(place(), half)
      const known = new Map(records().map((host) => [host.name, host]))
      const addressed = wanted.map((host) => {
        const there = known.get(host.name)
        if (there) checkSame(there, host)
        return there ? { ...host, address: there.address } : host
      })
      const placed = allocate(place().net, addressed, new Map([...known.values()].map((host) => [host.address, host.name])))
      await ensureKey(at.identity, 'provision-sandbox')
      const apt = await hostApt(state)
      if (wanted.some((host) => host.light)) await mountTmpfs()
      const made = await all(placed, async (host) => known.get(host.name) ?? (await makeHost(host, apt)))
      const asleep = made.filter((host) => !isPopulated(hostCgroup(place(), host)))
      if (asleep.length > 0) onProgress(`booting ${asleep.map((host) => host.name).join(', ')}`)
      await all(made, (host) => bootHost(place(), host))
      writeFileSync(
        box.knownHosts,
        records()
          .map((host) => `${host.address},${host.name} ${host.hostKey}\n`)
          .join(''),
      )
      return made.map(show)
    })

  // Whatever a sandbox makes is found again by its names, also after a crash of the tool in the middle of anything.
  const clear = async (): Promise<void> => {
    await killCgroup(cgroupOf(name))
    const known = readRecord<BoxRecord>(box.record)
    if (known) for (const host of records()) await detachHost(place(), host)
    pruneCgroups([...records().flatMap((host) => host.cgroups), ...madeCgroups(name)])
    await unmountAll(box.root)
    if (known) await removeBridge(known.net)
    rmSync(box.hosts, { recursive: true, force: true })
    rmSync(box.root, { recursive: true, force: true }) // with the record, last
    await stopCache(state)
    dropCgroups(madeCgroups())
  }

  const down = async ({ purge = false }: { readonly purge?: boolean } = {}): Promise<void> => {
    await locked(box.lock, clear)
    if (!purge) return
    const others = foldersIn(at.boxes)
    if (others.length > 0) throw new SandboxError(`images and packages stay: sandboxes ${others.join(', ')} stand on them`)
    // By name, not the whole folder: it may have been somebody's own before.
    await clearBuilds(at.images)
    for (const path of [at.images, at.layers, at.cache, at.boxes, at.locks, at.identity, `${at.identity}.pub`]) {
      await unmountAll(path) // never delete through a mount
      rmSync(path, { recursive: true, force: true })
    }
  }

  const list: Sandbox['list'] = () =>
    all(records(), async (host) => {
      const cgroup = hostCgroup(place(), host)
      const doing = isFrozen(cgroup) ? 'frozen' : 'running'
      const { address, release, light, delayMs } = host
      return {
        name: host.name,
        address,
        release,
        state: isPopulated(cgroup) ? doing : 'stopped',
        link: await linkState(address),
        light,
        delayMs,
      }
    })

  return {
    name,
    up,
    down,
    list,
    host: (host) => show(find(host)),
    hosts: () => records().map(show),
    kill: each(killHost),
    stop: each(stopHost),
    boot: changing(bootHost),
    reset: changing(resetHost),
    remove: changing(removeHost),
    cut: each((_, host) => link(host.address, false)),
    heal: each((_, host) => link(host.address, true)),
    drop: each((_, host) => drop(host.address, true)),
    undrop: each((_, host) => drop(host.address, false)),
    freeze: each((where, host) => freezeHost(where, host, true)),
    thaw: each((where, host) => freezeHost(where, host, false)),
    delay: (host, ms) => changing((where, found) => replug(where, found, ms))(host),
    bake: async (host, layer) => {
      checkName('layer', layer)
      await changing((where, found) => bakeLayer(where, found, layer))(host)
    },
    hasLayer: (layer) => hasLayer(state, layer),
  }
}
