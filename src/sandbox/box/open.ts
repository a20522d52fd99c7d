import pLimit from 'p-limit'
import { available } from '../available.ts'
import { isFrozen, isPopulated } from '../cgroup.ts'
import { SandboxError } from '../exec.ts'
import {
  bootHost,
  freezeHost,
  hostCgroup,
  killHost,
  limitHost,
  type Place,
  removeHost,
  replug,
  resetHost,
  stopHost,
} from '../host/host.ts'
import { bakeLayer, hasLayer } from '../image/layer.ts'
import { locked } from '../lock.ts'
import { drop, link, linkState } from '../network/cable.ts'
import type { HostStatus, Sandbox, SandboxOptions } from '../sandbox.ts'
import { foldersIn, type HostRecord, paths, stateDir } from '../state.ts'
import { clear, purge } from './down.ts'
import { boxOf, findHost, forAll, type Ground, placeOf, recordsOf, shownHost } from './ground.ts'
import { checkName, makeAndBoot } from './up.ts'

/** Names of the sandboxes in a state folder. */
export const listSandboxes = (dir?: string): string[] => foldersIn(paths(stateDir(dir)).boxes)

type Work = (place: Place, host: HostRecord) => unknown

/** Does some work on the named hosts. */
const each =
  (ground: Ground, work: Work) =>
  async (...names: string[]): Promise<void> => {
    const hosts = names.map((name) => findHost(ground, name))
    await forAll(ground, hosts, async (host) => work(placeOf(ground), host))
  }

/** Like {@link each}, under the sandbox's lock, because it makes or removes things. Faults do not wait for the lock. */
const changing =
  (ground: Ground, work: Work) =>
  (...names: string[]): Promise<void> =>
    locked(boxOf(ground).lock, () => each(ground, work)(...names))

async function statusOf(ground: Ground, host: HostRecord): Promise<HostStatus> {
  const cgroup = hostCgroup(placeOf(ground), host)
  const { name, address, release, light, delayMs } = host
  const doing = isFrozen(cgroup) ? 'frozen' : 'running'
  return {
    name,
    address,
    release,
    state: isPopulated(cgroup) ? doing : 'stopped',
    link: await linkState(address),
    light,
    delayMs,
  }
}

/**
 * Opens a sandbox, which need not exist yet: only `up` makes anything. @throws SandboxError if hosts cannot run here
 */
export async function openSandbox({
  name = 'main',
  network,
  dir,
  onProgress = () => {},
}: SandboxOptions = {}): Promise<Sandbox> {
  const why = available()
  if (why) throw new SandboxError(why)
  checkName('sandbox', name)
  const ground: Ground = { state: stateDir(dir), name, parallel: pLimit(8), network, onProgress }
  const { lock } = boxOf(ground)
  return {
    name,
    up: (wanted) => locked(lock, () => makeAndBoot(ground, wanted)),
    down: async ({ purge: all = false } = {}) => {
      await locked(lock, () => clear(ground))
      if (all) await purge(ground)
    },
    list: () => forAll(ground, recordsOf(ground), (host) => statusOf(ground, host)),
    host: (host) => shownHost(ground, findHost(ground, host)),
    hosts: () => recordsOf(ground).map((host) => shownHost(ground, host)),
    kill: each(ground, killHost),
    stop: each(ground, stopHost),
    boot: changing(ground, bootHost),
    reset: changing(ground, resetHost),
    remove: changing(ground, removeHost),
    cut: each(ground, (_, host) => link(host.address, false)),
    heal: each(ground, (_, host) => link(host.address, true)),
    drop: each(ground, (_, host) => drop(host.address, true)),
    undrop: each(ground, (_, host) => drop(host.address, false)),
    freeze: each(ground, (where, host) => freezeHost(where, host, true)),
    thaw: each(ground, (where, host) => freezeHost(where, host, false)),
    delay: (host, ms) => changing(ground, (where, found) => replug(where, found, ms))(host),
    cpus: (host, cpus) => each(ground, (where, found) => limitHost(where, found, cpus))(host),
    bake: async (host, layer) => {
      checkName('layer', layer)
      await changing(ground, (where, found) => bakeLayer(where, found, layer))(host)
    },
    hasLayer: (layer) => hasLayer(ground.state, layer),
  }
}
