import { mkdirSync, writeFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { hasLegacy, isPopulated } from '../cgroup.ts'
import { run, SandboxError } from '../exec.ts'
import { ensureKey } from '../host/disk.ts'
import { bootHost, hostApt, hostCgroup, makeDisk, removeHost, saveHost } from '../host/host.ts'
import { groundOf } from '../image/layer.ts'
import { isMounted } from '../mounts.ts'
import { claimNetwork } from '../network/claim.ts'
import { allocate } from '../network/network.ts'
import type { SandboxHost } from '../sandbox.ts'
import { rememberKeys } from '../ssh-settings.ts'
import { type HostOptions, type HostRecord, hostPaths, paths } from '../state.ts'
import { boxOf, forAll, type Ground, placeOf, recordsOf, shownHost } from './ground.ts'

const NAME = /^[a-z0-9](?:[a-z0-9.-]{0,61}[a-z0-9])?$/

/** @throws SandboxError if it cannot be the name of a `what` */
export function checkName(what: string, name: string): void {
  if (NAME.test(name)) return
  throw new SandboxError(
    `${JSON.stringify(name)} is not a name for a ${what}: write lower-case letters, digits, and "-" or "." inside, at most 63`,
  )
}

/** cgroup v1 only if it is requested and the machine has it. */
const seesUnified = ({ unified = true }: HostOptions): boolean => unified || !hasLegacy()

/** An existing host keeps its options, so asking for other ones must be reported as a mistake. */
function checkSame(there: HostRecord, asked: HostOptions): void {
  const refuse = (is: string, wanted: string): never => {
    throw new SandboxError(`${there.name} exists already, with ${is}, not ${wanted}: remove it first`)
  }
  for (const key of ['address', 'release', 'light'] as const)
    if (asked[key] !== undefined && asked[key] !== there[key]) refuse(`${key} ${there[key]}`, `${asked[key]}`)
  if (asked.unified !== undefined && seesUnified(asked) !== there.unified)
    refuse(there.unified ? 'cgroup v2' : 'cgroup v1', there.unified ? 'v1' : 'v2')
}

async function makeHost(
  ground: Ground,
  options: HostOptions & { address: string },
  apt: readonly string[],
): Promise<HostRecord> {
  const { name: host, address, light = false, delayMs = 0, nspawn = [] } = options
  const unified = seesUnified(options)
  const { state, name, onProgress } = ground
  const { release, lower } = await groundOf(state, options, onProgress)
  if (!unified && release !== '12')
    throw new SandboxError(`${host}: Debian ${release} does not boot on cgroup v1; leave it on v2`)
  const hostKey = await ensureKey(hostPaths(state, name, host, light).key, host)
  const record = {
    name: host,
    address,
    release,
    lower,
    light,
    delayMs,
    unified,
    nspawn,
    hostKey,
    cgroups: [],
    made: false,
  }
  const place = placeOf(ground)
  await makeDisk(place, saveHost(place, record), apt)
  const { mount } = hostPaths(state, name, host, light)
  for (const [path, text] of Object.entries(options.files ?? {})) {
    mkdirSync(dirname(join(mount, path)), { recursive: true })
    writeFileSync(join(mount, path), text, { mode: 0o600 })
  }
  return record
}

/** Disks of light hosts, on one shared tmpfs. */
async function mountTmpfs(ground: Ground): Promise<void> {
  const { light } = boxOf(ground)
  if (isMounted(light)) return
  mkdirSync(light, { recursive: true })
  await run('mount', ['-t', 'tmpfs', '-o', 'mode=755', 'provision-sandbox', light])
}

/**
 * Makes and boots the hosts that do not exist yet. Makes half-made hosts of a killed run again. Holds the sandbox's
 * lock.
 */
export async function makeAndBoot(ground: Ground, wanted: readonly HostOptions[]): Promise<SandboxHost[]> {
  const { state, name, network, onProgress } = ground
  for (const host of wanted) checkName('host', host.name)
  await claimNetwork(state, name, wanted, network)
  const place = placeOf(ground)
  for (const half of recordsOf(ground).filter((host) => !host.made)) await removeHost(place, half)
  const known = new Map(recordsOf(ground).map((host) => [host.name, host]))
  const addressed = wanted.map((host) => {
    const there = known.get(host.name)
    if (there) checkSame(there, host)
    return there ? { ...host, address: there.address } : host
  })
  const placed = allocate(place.net, addressed, new Map([...known.values()].map((host) => [host.address, host.name])))
  await ensureKey(paths(state).identity, 'provision-sandbox')
  const apt = await hostApt(state)
  if (wanted.some((host) => host.light)) await mountTmpfs(ground)
  const made = await forAll(ground, placed, async (host) => known.get(host.name) ?? (await makeHost(ground, host, apt)))
  const asleep = made.filter((host) => !isPopulated(hostCgroup(place, host)))
  if (asleep.length > 0) onProgress(`booting ${asleep.map((host) => host.name).join(', ')}`)
  await forAll(ground, made, (host) => bootHost(place, host))
  rememberKeys(name, state)
  return made.map((host) => shownHost(ground, host))
}
