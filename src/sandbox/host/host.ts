import { readFileSync, rmSync } from 'node:fs'
import { cgroupOf, freeze, isFrozen, isPopulated, killCgroup, limitCpus, pruneCgroups } from '../cgroup.ts'
import { removeAll, SandboxError, until } from '../exec.ts'
import { aptSettings } from '../image/image.ts'
import { ensureCache } from '../image/package-cache.ts'
import { unmountAll } from '../mounts.ts'
import { type CableEnd, makeNetwork, plug, removeNetwork, unplug } from '../network/cable.ts'
import { wire } from '../network/network.ts'
import { type HostRecord, hostPaths, paths, writeRecord } from '../state.ts'
import { initPid, startHost, waitForLogin } from './boot.ts'
import { mountDisk, personalise } from './disk.ts'

/** The sandbox that a host belongs to: state folder, name, network. */
export interface Place {
  readonly state: string
  readonly box: string
  readonly net: number
}

/** SIGRTMIN+4, which means "power off" to systemd as process 1. */
const POWEROFF = 38

const group = ({ box }: Place, host: HostRecord): string => `${box}/hosts/${host.name}`

/** The cgroup of a host's processes. */
export const hostCgroup = (place: Place, host: HostRecord): string => cgroupOf(group(place, host))

const pathsOf = ({ state, box }: Place, host: HostRecord) => hostPaths(state, box, host.name, host.light)

const cable = ({ box, net }: Place, host: HostRecord): CableEnd => ({
  box,
  host: host.name,
  net,
  address: host.address,
  delayMs: host.delayMs,
})

/** Saves the record of a host. */
export const saveHost = (place: Place, host: HostRecord): HostRecord => {
  writeRecord(pathsOf(place, host).record, host)
  return host
}

/**
 * apt's settings in hosts: the package cache, which is started if necessary, and what this machine's own apt tolerates.
 */
export const hostApt = async (state: string): Promise<readonly string[]> => [
  `Acquire::http::Proxy "${await ensureCache(state)}";`,
  ...(await aptSettings()),
]

/** Makes a host's disk: image, layer, and the files specific to this host. */
export const makeDisk = async (place: Place, host: HostRecord, apt: readonly string[]): Promise<void> => {
  const at = pathsOf(place, host)
  await mountDisk(at, host.lower)
  personalise(at, host, readFileSync(`${paths(place.state).identity}.pub`, 'utf8'), apt)
}

/** Unmounts and deletes a host's disk. */
const clearDisk = async (place: Place, host: HostRecord): Promise<void> => {
  const { mount, disk } = pathsOf(place, host)
  await unmountAll(mount)
  await removeAll(disk)
}

/** Mounts, connects and starts a host that does not run; resolves when it accepts logins. */
export const bootHost = async (place: Place, host: HostRecord): Promise<void> => {
  const at = pathsOf(place, host)
  const cgroup = hostCgroup(place, host)
  if (isPopulated(cgroup)) return
  await mountDisk(at, host.lower)
  await makeNetwork(cable(place, host))
  if (isFrozen(cgroup)) freeze(cgroup, false)
  saveHost(place, { ...host, cgroups: startHost(group(place, host), host, at), made: true })
  await waitForLogin(cgroup, host, at)
}

/** The files that nspawn leaves in /run when it is killed. */
const clearRun = (host: HostRecord): void =>
  rmSync(`/run/systemd/nspawn/propagate/${wire(host.address)}`, { recursive: true, force: true })

/** Ends all its processes at once. */
export const killHost = async (place: Place, host: HostRecord): Promise<void> => {
  await killCgroup(hostCgroup(place, host))
  pruneCgroups(host.cgroups)
  clearRun(host)
}

/** Shuts it down cleanly. @throws SandboxError if it has not ended in time, of which systemd itself takes up to 90 s */
export const stopHost = async (place: Place, host: HostRecord): Promise<void> => {
  const pid = initPid(hostCgroup(place, host))
  if (host.light || pid === undefined) return killHost(place, host)
  process.kill(pid, POWEROFF)
  if (!(await until(() => !isPopulated(hostCgroup(place, host)))))
    throw new SandboxError(`${host.name} does not shut down; kill it`)
  pruneCgroups(host.cgroups)
}

/** Freezes all its processes if `on` is true, or thaws them. @throws SandboxError if it does not run */
export const freezeHost = (place: Place, host: HostRecord, on: boolean): void => {
  if (!isPopulated(hostCgroup(place, host))) throw new SandboxError(`${host.name} does not run: boot it first`)
  freeze(hostCgroup(place, host), on)
}

/** Limits its CPUs; 0: no limit. @throws SandboxError if this machine cannot */
export const limitHost = (place: Place, host: HostRecord, cpus: number): void => {
  if (!isPopulated(hostCgroup(place, host))) throw new SandboxError(`${host.name} does not run: boot it first`)
  if (!limitCpus(host.cgroups, cpus))
    throw new SandboxError(
      `the CPUs of ${host.name} cannot be limited: none of its cgroups has the cpu controller (with cgroup v1, only hosts with unified: false have one)`,
    )
}

/** Kills it and gives it a new disk; name, address and host key stay. */
export const resetHost = async (place: Place, host: HostRecord): Promise<void> => {
  await killHost(place, host)
  const half = saveHost(place, { ...host, made: false })
  await clearDisk(place, half)
  await makeDisk(place, half, await hostApt(place.state))
  await bootHost(place, half)
}

/** Removes everything that was made for it. */
export const removeHost = async (place: Place, host: HostRecord): Promise<void> => {
  await killHost(place, host)
  saveHost(place, { ...host, made: false })
  await clearDisk(place, host)
  await removeNetwork(cable(place, host))
  rmSync(pathsOf(place, host).root, { recursive: true, force: true })
}

/** Removes only what a host has outside its folder and cgroup, when the whole sandbox is removed. */
export const detachHost = async (place: Place, host: HostRecord): Promise<void> => {
  await removeNetwork(cable(place, host))
  clearRun(host)
}

/** Replaces its cable, even while it runs. */
export const replug = async (place: Place, host: HostRecord, delayMs: number): Promise<void> => {
  await unplug(cable(place, host))
  await plug(cable(place, saveHost(place, { ...host, delayMs })))
}
