/**
 * One master becomes three, five, three and one again, on real hosts, while the controller is killed at the boundaries
 * between and inside stages: the next run goes on from where the hosts are, no acknowledged write is lost, and no two
 * members are down at once where there are enough to hold a quorum.
 */
import assert from 'node:assert/strict'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { suite } from 'uvu'
import { withArtifacts } from '../support/artifacts.ts'
import { writer as keys, ok } from '../support/consul.ts'
import { atOnce, downs } from '../support/downs.ts'
import { withHosts } from '../support/hosts.ts'
import { applied, killedOnTheWay } from '../support/killed-runs.ts'
import { loginOf } from '../support/login.ts'
import { random, seed } from '../support/random.ts'
import { writer, ZkClient } from '../support/zk-client.ts'
import { LAYER } from '../support/zookeeper.ts'

const test = suite('members come and go, and runs are killed')
const { box, host } = await withHosts(test, import.meta.url)
const artifacts = withArtifacts(test, box, ['consul'])
const ALL = ['m-1', 'm-2', 'm-3', 'm-4', 'm-5']
const drawn = seed()
const next = random(drawn)

const folder = mkdtempSync(join(tmpdir(), 'provision-members-'))
test.after(() => rmSync(folder, { recursive: true }))
const inventory = join(folder, 'inventory.json')
/** The paths of all nodes whose creation ZooKeeper has acknowledged. */
const written: string[] = []
let kills = 0

async function wishes(names: readonly string[], retire: readonly string[] = []): Promise<void> {
  const { url, sha256, version } = await artifacts.part('consul')
  const entry = (name: string) => {
    const { address } = host(name)
    const vars = { zookeeper: { id: ALL.indexOf(name) + 1 } }
    const leaves = retire.includes(name) ? { retire: true } : {}
    return [name, { address, roles: ['zookeeper', 'consul-server'], ssh: loginOf(host(name)), vars, ...leaves }]
  }
  const vars = {
    base: { timeSync: 'none' },
    zookeeper: { heapMb: 64 },
    consul: { source: { zip: url, sha256, version }, datacenter: 'lab' },
  }
  writeFileSync(inventory, JSON.stringify({ vars, hosts: Object.fromEntries(names.map(entry)) }))
}

/** All of these serve, nothing of others is left, and the next run finds nothing to do. */
async function isWhole(names: readonly string[]): Promise<void> {
  for (const name of names) {
    ;(await ZkClient.open(host(name).address)).close()
    const servers = await ok(host(name), 'grep ^server /etc/zookeeper/zoo.cfg || true')
    assert.equal(names.length === 1 ? 1 : servers.split('\n').length, names.length, servers)
    const peers = await ok(host(name), 'curl -s 127.0.0.1:8500/v1/status/peers')
    assert.equal(JSON.parse(peers).length, names.length, peers)
  }
  const { code, events, last } = await applied(['-i', inventory])
  assert.equal(code, 0, last)
  assert.deepEqual(
    events.flatMap((event) => (event.event === 'host' && event.outcome !== 'in-sync' ? [event.host] : [])),
    [],
  )
}

/** What was ever written is on this host. */
async function hasAll(name: string): Promise<void> {
  const client = await ZkClient.open(host(name).address)
  const roots = [...new Set(written.map((path) => path.replace(/\/w\d+$/, '')))]
  const there = new Set<string>()
  for (const root of roots) for (const each of await client.children(root)) there.add(`${root}/${each}`)
  client.close()
  assert.deepEqual(
    written.filter((path) => !there.has(path)),
    [],
  )
}

/** From some members to others. `safe`: there are always three that could hold a quorum. */
async function goes(from: readonly string[], to: readonly string[], safe: boolean): Promise<void> {
  const names = [...new Set([...from, ...to])]
  const retire = names.filter((name) => !to.includes(name))
  const stays = from.filter((name) => to.includes(name))
  await wishes(names, retire)
  const root = `/from-${from.length}-to-${to.length}`
  const through = stays.map((name) => host(name).address)
  const began = Date.now()
  const writes = await writer(through, root, 50, { open: 10_000, write: 300_000 })
  const values = await keys(host(stays[0] ?? ''))
  const { code, killed, last } = await killedOnTheWay(['-i', inventory], next)
  const nodes = await writes.stop()
  const puts = await values.stop()
  kills += killed
  written.push(...[...writes.acknowledged.keys()].map((name) => `${root}/${name}`))
  const told = ({ written, slowest }: { written: number; slowest: number }) =>
    `${written}, the slowest ${Math.round(slowest)} ms`
  const seconds = Math.round((Date.now() - began) / 1000)
  console.error(`${root}: ${killed} killed in ${seconds} s; nodes: ${told(nodes)}; keys: ${told(puts)}`)
  assert.equal(code, 0, last)
  assert.deepEqual([nodes.lost, puts.lost], [[], []])
  for (const unit of safe ? ['zookeeper.service', 'consul.service'] : []) {
    const all = await Promise.all(stays.map((name) => downs(host(name), unit, began)))
    console.error(`${unit}: down ${all.flat().length} times`)
    assert.deepEqual(atOnce(all.flat()), [], unit)
  }
  await wishes(to)
  await isWhole(to)
}

test('one', async () => {
  console.error(`PROVISION_SEED=${drawn}`)
  await box.up(ALL.map((name) => ({ name, layer: LAYER })))
  await wishes(['m-1'])
  const { code, last } = await applied(['-i', inventory])
  assert.equal(code, 0, last)
})

test('one becomes three', () => goes(['m-1'], ['m-1', 'm-2', 'm-3'], false))

test('three become five', () => goes(['m-1', 'm-2', 'm-3'], ALL, true))

test('five become three, of which the first two leave', () => goes(ALL, ['m-3', 'm-4', 'm-5'], true))

test('three become one, with all that was ever written', async () => {
  await goes(['m-3', 'm-4', 'm-5'], ['m-4'], false)
  await hasAll('m-4')
  console.error(`${kills} kills`)
  assert.ok(kills >= 40, `${kills} kills`)
})

test.run()
