/** Members of ZooKeeper and Consul leave on real hosts, the leader among them, down to one. */
import assert from 'node:assert/strict'
import { suite } from 'uvu'
import { role as server } from '../../roles/consul-server.ts'
import { role as keeper } from '../../roles/zookeeper.ts'
import { type Cluster, parseInventory, type RunResult } from '../../src/index.ts'
import type { SandboxHost } from '../../src/sandbox/index.ts'
import { withArtifacts } from '../support/artifacts.ts'
import { ok, says } from '../support/consul.ts'
import { withHosts } from '../support/hosts.ts'
import { loginOf } from '../support/login.ts'
import { memory } from '../support/memory.ts'
import { until } from '../support/until.ts'
import { ZkClient } from '../support/zk-client.ts'
import { apply, finish, LAYER, outcomes, plan, reasons, srvr } from '../support/zookeeper.ts'

const test = suite('members leave')
const { box } = await withHosts(test, import.meta.url)
const artifacts = withArtifacts(test, box, ['consul'])
const roles = new Map([server, keeper].map((role) => [role.name, role]))
const NAMES = ['m-1', 'm-2', 'm-3']

/** The cluster of some of the three, of which others are to leave. */
async function of(names: readonly string[], retire: readonly string[] = []): Promise<Cluster> {
  const { url, sha256, version } = await artifacts.part('consul')
  const entry = (name: string) => {
    const host = box.host(name)
    return {
      address: host.address,
      roles: ['zookeeper', 'consul-server'],
      vars: { zookeeper: { id: NAMES.indexOf(name) + 1 } },
      ssh: loginOf(host, { keepalive: 5, retries: 1 }),
      ...(retire.includes(name) ? { retire: true } : {}),
    }
  }
  const inventory = {
    vars: {
      base: { timeSync: 'none' },
      zookeeper: { heapMb: 64 },
      consul: { source: { zip: url, sha256, version }, datacenter: 'lab' },
    },
    hosts: Object.fromEntries(names.map((name) => [name, entry(name)])),
  }
  return parseInventory(JSON.stringify(inventory), { path: '/x/inventory.json', roles })
}

const every = (result: RunResult, outcome: string): void =>
  assert.deepEqual([...new Set(Object.values(outcomes(result)))], [outcome], reasons(result))
const units = (host: SandboxHost): Promise<string> =>
  host
    .sh('systemctl is-active zookeeper consul; systemctl is-enabled zookeeper consul')
    .then(({ stdout }) => stdout.trim().replaceAll('\n', ' '))

/** Which of the hosts lead ZooKeeper's ensemble and Consul's servers. */
async function leaders(cluster: Cluster): Promise<readonly string[]> {
  const lines = await says(cluster)
  return [/ zookeeper: leader/, / consul-server: leader/].map(
    (leads) => lines.find((each) => leads.test(each))?.split(' ')[0] as string,
  )
}

/** What was written before is there, and more can be written, in both. */
async function keeps(name: string, more: string): Promise<void> {
  const host = box.host(name)
  const client = await ZkClient.open(host.address)
  assert.ok((await client.children('/')).includes('kept'), `${name} has the data`)
  await client.create(`/${more}`, 'yes')
  client.close()
  assert.equal(await ok(host, 'curl -s "127.0.0.1:8500/v1/kv/kept?raw"'), 'yes')
  assert.equal(await ok(host, `curl -s -X PUT -d yes 127.0.0.1:8500/v1/kv/${more}`), 'true')
}

test('three become one in one run, the leaders of ZooKeeper and Consul among those that leave', async () => {
  await box.up(NAMES.map((name) => ({ name, layer: LAYER })))
  const facts = memory()
  const three = await of(NAMES)
  every(await finish(apply, three, facts), 'changed')
  const client = await ZkClient.open(box.host('m-1').address)
  await client.create('/kept', 'yes')
  client.close()
  await ok(box.host('m-1'), 'until [ "$(curl -s -X PUT -d yes 127.0.0.1:8500/v1/kv/kept)" = true ]; do sleep .1; done')
  const lead = await leaders(three)
  const [stay = '', ...rest] = NAMES.filter((name) => !lead.includes(name))
  const [first = '', other = ''] = [...new Set([...lead, ...rest])]
  const one = await of(NAMES, [first, other])
  const planned = await finish(plan, one, facts)
  assert.equal(planned.stages?.length, 3, reasons(planned))
  const done = await finish(apply, one, facts)
  every(done, 'changed')
  for (const name of [first, other]) assert.equal(await units(box.host(name)), 'inactive inactive disabled disabled')
  await keeps(stay, 'alone')
  assert.deepEqual(await says(await of([stay])), [
    `${stay} consul-server: leader, 1 of 1 servers healthy`,
    `${stay} consul: agent`,
    `${stay} zookeeper: leader, alone`,
  ])
  assert.equal(await ok(box.host(stay), 'consul members | wc -l'), '2')
  const again = await finish(apply, one, facts)
  every(again, 'in-sync')
  assert.deepEqual(
    again.hosts.map(({ cost }) => cost.execs),
    [1, 1, 1],
  )
  every(await finish(apply, await of([stay]), facts), 'in-sync')
})

const modeOf = async (name: string): Promise<string> => (await srvr(box.host(name))).mode

test('the one that leaves is elected again while the others are told: it hands over once more', async () => {
  const FIVE = ['z-1', 'z-2', 'z-3', 'z-4', 'z-5']
  await box.up(FIVE.map((name) => ({ name, layer: LAYER })))
  const cluster = (retire: readonly string[]): Cluster => {
    const entry = (name: string) => ({
      address: box.host(name).address,
      roles: ['zookeeper'],
      vars: { zookeeper: { id: Number(name.slice(2)) } },
      ssh: loginOf(box.host(name), { keepalive: 5, retries: 1 }),
      ...(retire.includes(name) ? { retire: true } : {}),
    })
    const inventory = {
      vars: { base: { timeSync: 'none' }, zookeeper: { heapMb: 64 } },
      hosts: Object.fromEntries(FIVE.map((name) => [name, entry(name)])),
    }
    return parseInventory(JSON.stringify(inventory), { path: '/x/inventory.json', roles })
  }
  const facts = memory()
  every(await finish(apply, cluster([]), facts), 'changed')
  // of equal members, the one with the highest number is elected: z-5, which leaves first
  let stage = 0
  let elected: Promise<void> | undefined
  const done = await finish(apply, cluster(['z-4', 'z-5']), facts, {}, (event) => {
    if (event.event === 'stage') stage = event.index
    if (event.event !== 'verifying' || stage !== 1 || elected !== undefined) return
    elected = until('z-5 leads again', async () => {
      const modes = await Promise.all(FIVE.map(modeOf))
      if (modes[4] === 'leader') return true
      const leads = FIVE[modes.indexOf('leader')]
      if (leads !== undefined) await ok(box.host(leads), 'systemctl kill -s KILL zookeeper')
      return false
    })
  })
  await elected
  assert.ok(elected !== undefined, 'nobody was told')
  assert.equal(done.exitCode, 0, reasons(done))
  assert.deepEqual((await Promise.all(FIVE.slice(0, 3).map(modeOf))).toSorted(), ['follower', 'follower', 'leader'])
})

test.run()
