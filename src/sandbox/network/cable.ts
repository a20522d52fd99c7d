import { findCommand } from '../available.ts'
import { cgroupOf, inCgroups, killCgroup, makeCgroup, pruneCgroups } from '../cgroup.ts'
import { attempt, launch, run, SandboxError, until } from '../exec.ts'
import { bridge, gateway, mac, wire } from './network.ts'
import { TAP_DELAY } from './tapdelay.ts'

/** What a cable is made from. */
export interface CableEnd {
  readonly box: string
  readonly host: string
  readonly net: number
  readonly address: string
  /** Milliseconds that the cable adds to a round trip; 0: a plain veth pair. */
  readonly delayMs: number
}

const exists = async (args: readonly string[]): Promise<boolean> => (await attempt('ip', [...args])).code === 0

/** The cgroup of the process that delays a host's frames. */
const cgroup = ({ box, host }: CableEnd): string => `${box}/cables/${host}`

/** Connects two taps through a process. */
const plugDelayed = async (end: CableEnd): Promise<void> => {
  const python = findCommand('python3')
  if (!python) throw new SandboxError('a delayed cable needs python3: apt-get install python3')
  const name = wire(end.address)
  launch(
    inCgroups(
      [makeCgroup(cgroup(end))],
      [python, '-c', TAP_DELAY, name, name.replace('psb', 'psbt'), name, mac(end.address), `${end.delayMs}`],
    ),
  )
  if (!(await until(() => exists(['-n', name, 'link', 'show', 'host0']))))
    throw new SandboxError(`${end.host}: its delayed cable did not come up`)
}

/** Connects a host's existing network namespace to the bridge. */
export const plug = async (end: CableEnd): Promise<void> => {
  const name = wire(end.address)
  if (end.delayMs > 0) await plugDelayed(end)
  else
    await run('ip', [
      'link',
      'add',
      name,
      'type',
      'veth',
      'peer',
      'name',
      'host0',
      'address',
      mac(end.address),
      'netns',
      name,
    ])
  await run('ip', ['link', 'set', name, 'master', bridge(end.net), 'up'])
  const lines = [
    'link set lo up',
    `addr add ${end.address}/24 dev host0`,
    'link set host0 up',
    `route add default via ${gateway(end.net)}`,
  ]
  await run('ip', ['-n', name, '-batch', '-'], `${lines.join('\n')}\n`)
}

/** Removes a host's cable; its network namespace stays. */
export const unplug = async (end: CableEnd): Promise<void> => {
  const dir = cgroupOf(cgroup(end))
  await killCgroup(dir)
  pruneCgroups([dir])
  await attempt('ip', ['link', 'del', wire(end.address)])
}

/** Makes a host's network namespace and connects it; what exists already stays. */
export const makeNetwork = async (end: CableEnd): Promise<void> => {
  const name = wire(end.address)
  if (!(await exists(['netns', 'pids', name]))) await run('ip', ['netns', 'add', name])
  // `plug` adds the route last: without it, the cable is missing, or incomplete after a crash.
  if ((await attempt('ip', ['-n', name, 'route', 'show', 'default'])).stdout !== '') return
  await unplug(end)
  await plug(end)
}

/** Removes everything that {@link makeNetwork} and {@link drop} made. */
export const removeNetwork = async (end: CableEnd): Promise<void> => {
  await drop(end.address, false)
  await unplug(end)
  await attempt('ip', ['netns', 'del', wire(end.address)])
}

/** Takes the link down (`up: false`), like a pulled cable, or up again. */
export const link = (address: string, up: boolean): Promise<string> =>
  run('ip', ['link', 'set', wire(address), up ? 'up' : 'down'])

const table = (address: string): string => wire(address).replace('-', '_')

/** Starts or stops dropping all its packets silently; neither end notices that the link is dead. */
export const drop = async (address: string, on: boolean): Promise<void> => {
  await attempt('nft', ['delete', 'table', 'bridge', table(address)])
  if (!on) return
  const port = wire(address)
  const rules = [
    `chain forward { type filter hook forward priority 0; iifname "${port}" drop; oifname "${port}" drop; }`,
    `chain input { type filter hook input priority 0; iifname "${port}" drop; }`,
    `chain output { type filter hook output priority 0; oifname "${port}" drop; }`,
  ]
  await run('nft', ['-f', '-'], `table bridge ${table(address)} {\n${rules.join('\n')}\n}\n`)
}

/** The current state of a host's cable. */
export const linkState = async (address: string): Promise<'up' | 'cut' | 'dropping'> => {
  if (!/[<,]UP[,>]/.test((await attempt('ip', ['-o', 'link', 'show', wire(address)])).stdout)) return 'cut'
  return (await attempt('nft', ['list', 'table', 'bridge', table(address)])).code === 0 ? 'dropping' : 'up'
}

/**
 * Makes a sandbox's bridge. Its MAC is fixed; otherwise each new host would change it, and hosts' ARP entries would be
 * stale.
 */
export const makeBridge = async (net: number): Promise<void> => {
  const name = bridge(net)
  // Each step by itself: a crash may have left a bridge that exists but is down.
  if (!(await exists(['link', 'show', name])))
    await run('ip', ['link', 'add', name, 'address', mac(gateway(net)), 'type', 'bridge'])
  await run('ip', ['addr', 'replace', `${gateway(net)}/24`, 'dev', name])
  await run('ip', ['link', 'set', name, 'up'])
}

/** Removes a sandbox's bridge. */
export const removeBridge = async (net: number): Promise<void> => {
  await attempt('ip', ['link', 'del', bridge(net)])
}
