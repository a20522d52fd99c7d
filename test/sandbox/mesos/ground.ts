import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { role as agent } from '../../../roles/mesos-agent.ts'
import { role as master } from '../../../roles/mesos-master-only.ts'
import { role as zookeeper } from '../../../roles/zookeeper.ts'
import { createTransport, parseInventory, type RunEvent, type RunResult, status } from '../../../src/index.ts'
import type { Cluster } from '../../../src/model/recipe.ts'
import type { SandboxHost } from '../../../src/sandbox/index.ts'
import { withArtifacts } from '../../support/artifacts.ts'
import { withHosts } from '../../support/hosts.ts'
import { loginOf } from '../../support/login.ts'
import { ok, STANDINS } from '../../support/mesos.ts'
import { TestFramework } from '../../support/mesos-framework.ts'
import { isGiven } from '../../support/parts/given.ts'
import { answered, eventually } from '../../support/until.ts'
import { apply, finish, memory, outcomes, reasons } from '../../support/zookeeper.ts'

export const MASTERS = ['m-1', 'm-2', 'm-3']
export const SLAVES = ['s-1', 's-2', 's-3']
/** Those that run tasks. */
export const BUSY = ['s-1', 's-2']

/** A real agent refuses hosts with both versions of cgroups. */
export const V1_ONLY = isGiven('mesos')

export const test = suite('mesos on hosts')
export const { box, host } = await withHosts(test, new URL('../mesos.test.ts', import.meta.url).href)
test.before(async () => {
  await box.up([
    ...MASTERS.map((name) => ({ name, layer: STANDINS })),
    // cgroup v1: on v2, a machine without the memory controller loses tasks when their agent restarts
    ...BUSY.map((name) => ({ name, layer: STANDINS, unified: false })),
    { name: 's-3', layer: STANDINS, unified: !V1_ONLY },
  ])
})
const artifacts = withArtifacts(test, box, ['mesos'])

const roles = new Map([zookeeper, master, agent].map((role) => [role.name, role]))
export const facts = memory()
let source: { deb: string; sha256: string } | undefined

/** The cluster, with these variables for all hosts and for single ones. */
export async function cluster(vars: Record<string, object> = {}, own: Record<string, object> = {}): Promise<Cluster> {
  if (source === undefined) {
    const { url, sha256 } = await artifacts.part('mesos')
    source = { deb: url, sha256 }
  }
  const entry = (name: string, roles: readonly string[], more: object = {}) => {
    const ssh = loginOf(host(name), { retries: 0 })
    return [name, { address: host(name).address, roles, ssh, vars: { ...more, ...own[name] } }]
  }
  const inventory = {
    vars: { base: { timeSync: 'none' }, zookeeper: { heapMb: 128 }, mesos: { source }, ...vars },
    hosts: Object.fromEntries([
      ...MASTERS.map((name, i) => entry(name, ['zookeeper', 'mesos-master-only'], { zookeeper: { id: i + 1 } })),
      ...SLAVES.map((name) => entry(name, ['mesos-agent'])),
    ]),
  }
  return parseInventory(JSON.stringify(inventory), { path: 'inventory.json', roles })
}
export const RACKS = {
  's-1': { 'mesos-agent': { attributes: { rack: 'r1' } } },
  's-2': { 'mesos-agent': { attributes: { rack: 'r2' } } },
}

/** What became of the hosts, and which of them were changed, in their order. */
export async function run(
  of: Cluster,
  only?: readonly string[],
): Promise<RunResult & { readonly order: readonly string[] }> {
  const order: string[] = []
  const on = (event: RunEvent) => {
    if (event.event === 'applying') order.push(event.host)
  }
  return { ...(await finish(apply, of, facts, only ? { only } : {}, on)), order }
}
export async function changes(of: Cluster, names: readonly string[]): Promise<readonly string[]> {
  const first = await run(of)
  assert.equal(
    Object.entries(outcomes(first))
      .filter(([, outcome]) => outcome === 'changed')
      .map(([name]) => name),
    names,
    reasons(first),
  )
  assert.is(first.exitCode, 0, reasons(first))
  const second = await run(of)
  assert.ok(
    second.hosts.every((h) => h.outcome === 'in-sync' && h.cost.execs === 1),
    reasons(second),
  )
  return first.order
}

export const says = async (of: Cluster, component: string): Promise<Record<string, string>> =>
  Object.fromEntries(
    (await answered(() => status(of, { transport: createTransport() }))).flatMap((h) =>
      'unreachable' in h
        ? []
        : h.components
            .filter((c) => c.component === component)
            .map((c) => [h.host, `${c.green ? '' : 'RED '}${c.says}`] as const),
    ),
  )
export const leader = (of: Cluster): Promise<string> =>
  eventually(
    'a leader',
    async () => Object.entries(await says(of, 'mesos-master')).find(([, text]) => text.startsWith('leader'))?.[0],
  )
export const origin = (name: string): string => `http://${host(name).address}:5050`
export const json = async <T>(url: string): Promise<T> => (await (await fetch(url)).json()) as T
/** Ends when it is told to, as a program that is the first of its container does not by itself. */
export const POLITE = { shell: true, value: 'trap "exit 0" TERM; httpd -f -p 80 & wait' }
/** One that ends where it is told to as soon as there is a file /gate in it. */
export const GATED = {
  ...POLITE,
  value: POLITE.value.replace('exit 0', 'until [ -e /gate ]; do sleep 1; done; exit 0'),
}
export let framework: TestFramework | undefined
test.after(() => framework?.disconnect())
export const busy = () => BUSY.map((name) => host(name))
export const containers = (h: SandboxHost) =>
  ok(h, "docker ps -q --no-trunc --filter name=^mesos- | sort | tr '\\n' ' '")

/** Makes the framework that runs tasks. */
export async function subscribe(of: Cluster): Promise<TestFramework> {
  framework = await TestFramework.subscribe(origin(await leader(of)))
  return framework
}
