import { type Cluster, createTransport, status } from '../../src/index.ts'
import type { SandboxHost } from '../../src/sandbox/index.ts'
import { ask } from './load-balancer.ts'
import { ok } from './mesos.ts'
import { until } from './until.ts'

const UNITS = [
  'zookeeper',
  'consul',
  'docker',
  'mesos-master',
  'marathon',
  'mesos-agent',
  'provision-registrar',
  'haproxy',
  'consul-template',
]

/** What is not green on these hosts, each as `HOST COMPONENT: WHY`. */
export async function redIn(cluster: Cluster): Promise<readonly string[]> {
  const hosts = await status(cluster, { transport: createTransport() })
  return hosts.flatMap((one) =>
    'unreachable' in one
      ? [`${one.host}: ${one.unreachable}`]
      : one.components.filter(({ green }) => !green).map(({ component, says }) => `${one.host} ${component}: ${says}`),
  )
}

/** The responders to that many requests to an address, ten at once; sorted. */
export async function responders(address: string, requests: number): Promise<readonly string[]> {
  const who = new Set<string>()
  const lane = async (n: number): Promise<void> => {
    for (let i = 0; i < n; i++) {
      const answer = await ask(address)
      who.add(/^200 hello \S+ task \S+ on (\S+)$/.exec(answer)?.[1] ?? answer)
    }
  }
  await Promise.all(Array.from({ length: 10 }, () => lane(requests / 10)))
  return [...who].toSorted()
}

/** A unit's process: a value that each start changes, and how often systemd has started it anew because it had ended. */
export interface Process {
  readonly start: string
  readonly ended: number
}

/** A host's units: `HOST UNIT`, and its process. */
export async function processesOf(host: SandboxHost): Promise<readonly (readonly [string, Process])[]> {
  const shown = await ok(
    host,
    `for unit in ${UNITS.join(' ')}; do echo $unit $(systemctl show -p MainPID -p ActiveEnterTimestampMonotonic -p NRestarts $unit); done`,
  )
  return shown.split('\n').map((line) => {
    const [unit = '', ...properties] = line.split(' ')
    const is = Object.fromEntries(properties.map((property) => property.split('=')))
    const start = `${is.MainPID} ${is.ActiveEnterTimestampMonotonic}`
    return [`${host.name} ${unit}`, { start, ended: Number(is.NRestarts) }] as const
  })
}

/**
 * The units that have another process than before: `stopped` by somebody, or `ended` by themselves and started anew by
 * systemd, which counts from 0 after each start that somebody asked for.
 */
export function restarts(
  before: Readonly<Record<string, Process>>,
  now: Readonly<Record<string, Process>>,
): { readonly stopped: readonly string[]; readonly ended: readonly string[] } {
  const other = Object.keys(before).filter((of) => now[of]?.start !== before[of]?.start)
  const ended = other.filter((of) => (now[of]?.ended ?? 0) > (before[of]?.ended ?? 0))
  return { stopped: other.filter((of) => !ended.includes(of)), ended }
}

/** The master with the leading Marathon, once there is one. */
export async function leaderOf(masters: readonly SandboxHost[]): Promise<SandboxHost> {
  let leads: SandboxHost | undefined
  const askOf = async (each: SandboxHost): Promise<string> =>
    (await each.sh(`curl -sf -m 5 http://${each.address}:8080/v2/leader`)).stdout
  await until(
    'Marathon has a leader',
    async () => {
      const said = await Promise.all(masters.map((each) => askOf(each).catch(() => '')))
      // the leader itself says so
      leads = masters.find(({ address }, i) => (said[i] ?? '').includes(`"leader":"${address}:`))
      return leads !== undefined
    },
    500,
  )
  return leads as SandboxHost
}

/** Waits until nothing is red. */
export const allGreen = (cluster: Cluster): Promise<void> =>
  until(
    'every component is green',
    async () => {
      const red = await redIn(cluster)
      if (red.length > 0) throw new Error(red.join('; '))
      return true
    },
    1000,
  )
