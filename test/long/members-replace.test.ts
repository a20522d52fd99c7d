/**
 * A member of ZooKeeper and Consul that is gone is replaced by a machine of the same name, on real hosts: at another
 * address, then at the same one.
 */
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
import { ZkClient } from '../support/zk-client.ts'
import { apply, finish, LAYER, outcomes, reasons } from '../support/zookeeper.ts'

const test = suite('members are replaced')
const { box } = await withHosts(test, import.meta.url)
const artifacts = withArtifacts(test, box, ['consul'])
const roles = new Map([server, keeper].map((role) => [role.name, role]))
const NAMES = ['m-1', 'm-2', 'm-3']

/** The cluster of the three; `at`: another machine for a name. */
async function of(at: Readonly<Record<string, string>> = {}): Promise<Cluster> {
  const { url, sha256, version } = await artifacts.part('consul')
  const entry = (name: string, i: number) => {
    const host = box.host(at[name] ?? name)
    return {
      address: host.address,
      roles: ['zookeeper', 'consul-server'],
      vars: { zookeeper: { id: i + 1 } },
      ssh: loginOf(host, { keepalive: 5, retries: 1 }),
    }
  }
  const inventory = {
    vars: {
      base: { timeSync: 'none' },
      zookeeper: { heapMb: 64 },
      consul: { source: { zip: url, sha256, version }, datacenter: 'lab' },
    },
    hosts: Object.fromEntries(NAMES.map((name, i) => [name, entry(name, i)])),
  }
  return parseInventory(JSON.stringify(inventory), { path: '/x/inventory.json', roles })
}

const every = (result: RunResult, outcome: string): void =>
  assert.deepEqual([...new Set(Object.values(outcomes(result)))], [outcome], reasons(result))
/** What was written before is there, and more can be written, in both. */
async function keeps(host: SandboxHost, more: string): Promise<void> {
  const client = await ZkClient.open(host.address)
  assert.ok((await client.children('/')).includes('kept'), `${host.name} has the data`)
  await client.create(`/${more}`, 'yes')
  client.close()
  assert.equal(await ok(host, 'curl -s "127.0.0.1:8500/v1/kv/kept?raw"'), 'yes')
  assert.equal(await ok(host, `curl -s -X PUT -d yes 127.0.0.1:8500/v1/kv/${more}`), 'true')
}

/** All three are well, and each of the others knows the new one and nobody else. */
async function isWhole(cluster: Cluster, address: string): Promise<void> {
  const lines = await says(cluster)
  assert.equal(lines.length, 9, lines.join('\n'))
  assert.equal(lines.filter((line) => line.includes('RED')).length, 0, lines.join('\n'))
  assert.equal(lines.filter((line) => line.includes(', 3 of 3 servers healthy')).length, 3)
  const members = await ok(box.host('m-1'), 'consul members | tail -n +2')
  assert.equal(members.split('\n').length, 3, members)
  assert.match(members, new RegExp(`m-\\d +${address.replaceAll('.', '\\.')}:8301 +alive`))
  const peers = await ok(box.host('m-1'), 'consul operator raft list-peers | tail -n +2')
  assert.equal(peers.split('\n').filter((line) => / true /.test(line)).length, 3, peers)
}

test('a member that is gone is replaced under its name, at another address and at the same one, each in one run', async () => {
  await box.up([...NAMES, 'm-4'].map((name) => ({ name, layer: LAYER })))
  const facts = memory()
  const three = await of()
  every(await finish(apply, three, facts), 'changed')
  const client = await ZkClient.open(box.host('m-1').address)
  await client.create('/kept', 'yes')
  client.close()
  await ok(box.host('m-1'), 'until [ "$(curl -s -X PUT -d yes 127.0.0.1:8500/v1/kv/kept)" = true ]; do sleep .1; done')

  await box.kill('m-2')
  const moved = await of({ 'm-2': 'm-4' })
  const other = await finish(apply, moved, facts)
  every(other, 'changed')
  await isWhole(moved, box.host('m-4').address)
  await keeps(box.host('m-4'), 'elsewhere')
  every(await finish(apply, moved, facts), 'in-sync')

  await box.reset('m-3')
  const same = await finish(apply, moved, facts)
  assert.deepEqual(outcomes(same), { 'm-1': 'in-sync', 'm-2': 'in-sync', 'm-3': 'changed' }, reasons(same))
  await isWhole(moved, box.host('m-3').address)
  await keeps(box.host('m-3'), 'again')
})

test.run()
