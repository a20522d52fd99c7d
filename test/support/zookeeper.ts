import { role } from '../../roles/zookeeper.ts'
import type { FactsCache } from '../../src/engine/observe/facts.ts'
import {
  apply,
  type Cluster,
  createTransport,
  makeCluster,
  parseInventory,
  plan,
  type RunEvent,
  type RunOptions,
  type RunResult,
  select,
} from '../../src/index.ts'
import type { SandboxHost } from '../../src/sandbox/index.ts'
import type { LayerName } from './layers.ts'
import { loginOf } from './login.ts'
import { memory } from './memory.ts'

/** The layer of hosts with ZooKeeper's packages, unconfigured. */
export const LAYER: LayerName = 'zookeeper-12'

const roles = new Map([['zookeeper', role]])

/** The cluster of an ensemble of these hosts, with ids from 1 and these variables. */
export function ensemble(hosts: readonly SandboxHost[], vars: Record<string, unknown> = {}): Cluster {
  const entries = hosts.map((h, i) => [
    h.name,
    {
      address: h.address,
      roles: ['zookeeper'],
      vars: { zookeeper: { id: i + 1 } },
      ssh: loginOf(h, { keepalive: 5, retries: 0 }),
    },
  ])
  const inventory = { vars: { zookeeper: { heapMb: 128, ...vars } }, hosts: Object.fromEntries(entries) }
  return parseInventory(JSON.stringify(inventory), { path: 'inventory.json', roles })
}

/** Runs a command to its end, and collects its events. */
export async function finish(
  command: typeof apply,
  cluster: Cluster,
  facts: FactsCache,
  { only, ...options }: Partial<RunOptions> & { only?: readonly string[] } = {},
  on: (event: RunEvent) => void = () => {},
): Promise<RunResult & { readonly events: readonly RunEvent[] }> {
  const events: RunEvent[] = []
  const hosts = only === undefined ? cluster.hosts : select(cluster, { hosts: only })
  const run = command(cluster, { transport: createTransport(), facts, hosts, ...options })
  for await (const event of run) {
    events.push(event)
    on(event)
  }
  return { ...(await run.result), events }
}

/** Each host's outcome, as one object. */
export const outcomes = (result: RunResult): Record<string, string> =>
  Object.fromEntries(result.hosts.map((h) => [h.host, h.outcome]))

/** All failures, for a test's message. */
export const reasons = (result: RunResult): string =>
  result.hosts.map((h) => `${h.host} ${h.outcome} ${h.reason ?? ''} ${h.output?.join('\n') ?? ''}`).join('\n')

/** What a host's ZooKeeper says of itself: its version, and `leader` or `follower`; empty where it is in no quorum. */
export async function srvr(host: SandboxHost): Promise<{ readonly version: string; readonly mode: string }> {
  const { stdout } = await host.sh("bash -c 'exec 3<>/dev/tcp/127.0.0.1/2181; printf srvr >&3; timeout 60 cat <&3'")
  return { version: /version: ([\d.]+)/.exec(stdout)?.[1] ?? '', mode: /^Mode: (\w+)/m.exec(stdout)?.[1] ?? '' }
}

export { apply, makeCluster, memory, plan }
