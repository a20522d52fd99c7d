/**
 * Mesos on real hosts: three masters with a real ZooKeeper, three slaves with Docker (the masters and agents themselves
 * are stand-ins, unless real ones are given: docs/sandbox.md).
 */
import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { role as agent } from '../../roles/mesos-agent.ts'
import { role as master } from '../../roles/mesos-master-only.ts'
import { role as zookeeper } from '../../roles/zookeeper.ts'
import { reachCluster } from '../../src/deploy/reach-cluster.ts'
import { back, out } from '../../src/engine/about.ts'
import { createTransport, parseInventory, type RunEvent, type RunResult, status } from '../../src/index.ts'
import type { Cluster } from '../../src/model/recipe.ts'
import type { SandboxHost } from '../../src/sandbox/index.ts'
import { withArtifacts } from '../support/artifacts.ts'
import { withHosts } from '../support/hosts.ts'
import { loginOf } from '../support/login.ts'
import { busyboxImage, ok, STANDINS } from '../support/mesos.ts'
import { TestFramework, webTask } from '../support/mesos-framework.ts'
import { isGiven } from '../support/parts/given.ts'
import { answered, eventually } from '../support/until.ts'
import { apply, finish, memory, outcomes, plan, reasons } from '../support/zookeeper.ts'

const MASTERS = ['m-1', 'm-2', 'm-3']
const SLAVES = ['s-1', 's-2', 's-3']
/** Those that run tasks. */
const BUSY = ['s-1', 's-2']

/** A real agent refuses hosts with both versions of cgroups. */
const V1_ONLY = isGiven('mesos')

const test = suite('mesos on hosts')
const { box, host } = await withHosts(test, import.meta.url)
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
const facts = memory()
let source: { deb: string; sha256: string } | undefined

/** The cluster, with these variables for all hosts and for single ones. */
async function cluster(vars: Record<string, object> = {}, own: Record<string, object> = {}): Promise<Cluster> {
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
const RACKS = {
  's-1': { 'mesos-agent': { attributes: { rack: 'r1' } } },
  's-2': { 'mesos-agent': { attributes: { rack: 'r2' } } },
}

/** What became of the hosts, and which of them were changed, in their order. */
async function run(of: Cluster, only?: readonly string[]): Promise<RunResult & { readonly order: readonly string[] }> {
  const order: string[] = []
  const on = (event: RunEvent) => {
    if (event.event === 'applying') order.push(event.host)
  }
  return { ...(await finish(apply, of, facts, only ? { only } : {}, on)), order }
}
async function changes(of: Cluster, names: readonly string[]): Promise<readonly string[]> {
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

const says = async (of: Cluster, component: string): Promise<Record<string, string>> =>
  Object.fromEntries(
    (await answered(() => status(of, { transport: createTransport() }))).flatMap((h) =>
      'unreachable' in h
        ? []
        : h.components
            .filter((c) => c.component === component)
            .map((c) => [h.host, `${c.green ? '' : 'RED '}${c.says}`] as const),
    ),
  )
const leader = (of: Cluster): Promise<string> =>
  eventually(
    'a leader',
    async () => Object.entries(await says(of, 'mesos-master')).find(([, text]) => text.startsWith('leader'))?.[0],
  )
const origin = (name: string): string => `http://${host(name).address}:5050`
const json = async <T>(url: string): Promise<T> => (await (await fetch(url)).json()) as T
/** Ends when it is told to, as a program that is the first of its container does not by itself. */
const POLITE = { shell: true, value: 'trap "exit 0" TERM; httpd -f -p 80 & wait' }
let framework: TestFramework | undefined
test.after(() => framework?.disconnect())
const busy = () => BUSY.map((name) => host(name))
const containers = (h: SandboxHost) => ok(h, "docker ps -q --no-trunc --filter name=^mesos- | sort | tr '\\n' ' '")

test('six hosts that have the packages and nothing else become a cluster; the second run finds nothing to do, in one exec a host', async () => {
  const of = await cluster({}, RACKS)
  await changes(of, [...MASTERS, ...SLAVES])
  assert.equal(
    (Object.values(await says(of, 'mesos-master')) as string[]).map((s) => s.replace(/of \d.*/, 'of …')).sort(),
    ['follower of …', 'follower of …', 'leader, 3 of …'],
  )
  assert.equal(await says(of, 'mesos-agent'), {
    's-1': 'active, 0 tasks',
    's-2': 'active, 0 tasks',
    's-3': 'active, 0 tasks',
  })
  const flags = async (name: string) =>
    (await json<{ flags: Record<string, string> }>(`http://${host(name).address}:5051/flags`)).flags
  assert.equal(
    [(await flags('s-1')).isolation, (await flags('s-1')).attributes],
    ['cgroups/cpu,cgroups/mem', 'rack:r1'],
  )
  assert.equal(
    [(await flags('s-3')).isolation, await ok(host('s-3'), 'ls -d /sys/fs/cgroup/mesos || :')],
    V1_ONLY ? ['cgroups/cpu,cgroups/mem', ''] : ['posix/cpu,posix/mem', '/sys/fs/cgroup/mesos'],
  )
})

test('another flag of the masters: one after the other, the leader last', async () => {
  const of = await cluster({ 'mesos-master': { offerTimeout: '3mins' } }, RACKS)
  const led = await leader(of)
  const order = await changes(of, MASTERS)
  assert.is(order.at(-1), led)
  for (const name of MASTERS)
    assert.is(
      (await json<{ flags: Record<string, string> }>(`${origin(name)}/flags`)).flags.offer_timeout,
      '3mins',
      name,
    )
})

test('another flag of the agents: one after the other, and their tasks run on', async () => {
  const before = await cluster({ 'mesos-master': { offerTimeout: '3mins' } }, RACKS)
  await Promise.all(busy().map((h) => busyboxImage(h)))
  framework = await TestFramework.subscribe(origin(await leader(before)))
  for (const [i, h] of busy().entries()) framework.launch(webTask(`web-${i}`, 31000, { command: POLITE }), h.address)
  for (const i of BUSY.keys()) await framework.state(`web-${i}`, 'RUNNING')
  const running = await Promise.all(busy().map(containers))
  const of = await cluster({ 'mesos-master': { offerTimeout: '3mins' }, 'mesos-agent': { gcDelay: '3days' } }, RACKS)
  assert.equal((await changes(of, SLAVES)).toSorted(), SLAVES)
  assert.equal(await Promise.all(busy().map(containers)), running)
  assert.equal(await says(of, 'mesos-agent'), {
    's-1': 'active, 1 task',
    's-2': 'active, 1 task',
    's-3': 'active, 0 tasks',
  })
})

test('an attribute that the agent would die of is refused, and nothing is changed', async () => {
  const pid = () => ok(host('s-1'), 'systemctl show --value -p MainPID mesos-agent; sha256sum /etc/mesos/agent.env')
  const before = await pid()
  const of = await cluster(
    { 'mesos-master': { offerTimeout: '3mins' }, 'mesos-agent': { gcDelay: '3days' } },
    { ...RACKS, 's-1': { 'mesos-agent': { attributes: { rack: 'r9' } } } },
  )
  const result = await finish(plan, of, facts)
  assert.is(outcomes(result)['s-1'], 'refused')
  const applied = await run(of)
  assert.match(
    applied.hosts.find((h) => h.host === 's-1')?.reason ?? '',
    'mesos-agent: The agent would refuse to start: its attribute rack would change from r1 to r9. Put it back. Or give it a new identity: drain it,',
  )
  assert.is(await pid(), before)
})

test('a change of Docker: its host is drained before, and back in service after', async () => {
  const of = await cluster(
    { 'mesos-master': { offerTimeout: '3mins' }, 'mesos-agent': { gcDelay: '3days' }, docker: { logMaxFiles: 4 } },
    RACKS,
  )
  const said: string[] = []
  const result = await finish(apply, of, facts, { only: ['s-1'] }, (event) => {
    if (event.event === 'waiting') said.push(event.for)
  })
  assert.is(outcomes(result)['s-1'], 'changed', reasons(result))
  // Its task may have ended before the first look.
  assert.ok(
    said.some((what) => /^(1 task|its drain) to end$/.test(what)),
    said.join('; '),
  )
  assert.is(await containers(host('s-1')), '')
  assert.equal(await says(of, 'mesos-agent'), {
    's-1': 'active, 0 tasks',
    's-2': 'active, 1 task',
    's-3': 'active, 0 tasks',
  })
  const agents = await json<{ slaves: { pid: string; active: boolean; deactivated: boolean }[] }>(
    `${origin(await leader(of))}/slaves`,
  )
  assert.ok(agents.slaves.every((a) => a.active && !a.deactivated))
})

test('a slave that is drained by hand stays out of service over a run and a boot, until it is asked back', async () => {
  const of = await cluster(
    { 'mesos-master': { offerTimeout: '3mins' }, 'mesos-agent': { gcDelay: '3days' }, docker: { logMaxFiles: 4 } },
    RACKS,
  )
  const move = async (about: typeof out): Promise<string | undefined> =>
    outcomes(await finish(apply, of, facts, { only: ['s-3'], about: about(of), who: 'alice@laptop' }))['s-3']
  const state = async () => (await says(of, 'mesos-agent'))['s-3']
  assert.is(await move(out), 'changed')
  assert.match((await state()) ?? '', /^drained, 0 tasks; drained by alice@laptop, /)
  await box.kill('s-3')
  await box.boot('s-3')
  await eventually('its agent is back', async () =>
    (await state())?.startsWith('drained, 0 tasks; drained by alice') ? true : undefined,
  )
  // its Docker is changed while it is out of service
  const second = await run(of, ['s-3'])
  assert.is(outcomes(second)['s-3'], 'changed', reasons(second))
  assert.match((await state()) ?? '', /^drained, 0 tasks; drained by alice/)
  assert.match(second.hosts[0]?.plan?.warnings.join() ?? '', 'drained by alice@laptop, ')
  assert.is(await move(out), 'in-sync')
  assert.is(await move(back), 'changed')
  assert.is(await state(), 'active, 0 tasks')
})

test('a slave that is closed to new tasks is opened again, by the next run where nobody else does', async () => {
  const of = await cluster(
    { 'mesos-master': { offerTimeout: '3mins' }, 'mesos-agent': { gcDelay: '3days' }, docker: { logMaxFiles: 4 } },
    RACKS,
  )
  const live = reachCluster(of, createTransport(), (text) => text)
  const hostname = of.host('s-3').privateAddress
  /** An agent that is asked while the machine is busy may be slow to answer, which is red, too. */
  const becomes = (wanted: string) =>
    eventually(wanted, async () => ((await says(of, 'mesos-agent'))['s-3'] === wanted ? true : undefined))
  try {
    await live.gates.close(hostname)
    await becomes('RED deactivated, 0 tasks')
    assert.equal([(await live.gates.agents())?.length, (await live.agents())?.length], [3, 2])
    await live.gates.open(hostname)
    await becomes('active, 0 tasks')
    assert.is(outcomes(await run(of, ['s-3']))['s-3'], 'in-sync')
    await live.gates.close(hostname)
  } finally {
    await live.close()
  }
  assert.is(outcomes(await run(of, ['s-3']))['s-3'], 'changed')
  await becomes('active, 0 tasks')
})

test('while the masters are away: what needs none of them is done; Docker is left alone', async () => {
  await framework?.kill('web-1')
  await framework?.state('web-1', 'KILLED')
  await eventually('that is known', async () =>
    (await says(await cluster(), 'mesos-agent'))['s-2'] === 'active, 0 tasks' ? true : undefined,
  )
  framework?.disconnect()
  await box.kill(...MASTERS)
  const vars = { 'mesos-master': { offerTimeout: '3mins' }, 'mesos-agent': { gcDelay: '4days' } }
  const flags = await run(await cluster({ ...vars, docker: { logMaxFiles: 4 } }, RACKS), ['s-1'])
  assert.is(outcomes(flags)['s-1'], 'changed', reasons(flags))
  assert.match(flags.hosts[0]?.reason ?? '', 'no master answers as the leader')
  const before = await ok(host('s-1'), 'systemctl show --value -p MainPID docker')
  const docker = await run(await cluster({ ...vars, docker: { logMaxFiles: 6 } }, RACKS), ['s-1'])
  assert.is(outcomes(docker)['s-1'], 'blocked', reasons(docker))
  assert.is(
    await ok(host('s-1'), 'systemctl show --value -p MainPID docker; grep -c \'"4"\' /etc/docker/daemon.json'),
    `${before}\n1`,
  )
})

test('when they are back, what is owed is done', async () => {
  await box.boot(...MASTERS)
  const of = await cluster(
    { 'mesos-master': { offerTimeout: '3mins' }, 'mesos-agent': { gcDelay: '4days' }, docker: { logMaxFiles: 6 } },
    RACKS,
  )
  await leader(of)
  const result = await run(of)
  assert.is(result.exitCode, 0, reasons(result))
  assert.equal(await says(of, 'mesos-agent'), {
    's-1': 'active, 0 tasks',
    's-2': 'active, 0 tasks',
    's-3': 'active, 0 tasks',
  })
})

test.run()
