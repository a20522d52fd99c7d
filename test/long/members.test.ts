/**
 * Masters become three, five, three and one again, each in one run, while somebody writes to ZooKeeper and requests
 * come in. (Mesos and Marathon are stand-ins, unless real ones are given: docs/sandbox.md.)
 */
import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { nothingLost, ok, outcomes, until, withStack } from '../support/stack.ts'
import { writer, ZkClient } from '../support/zk-client.ts'
import { apply, finish, memory, plan, reasons } from '../support/zookeeper.ts'

const test = suite('masters come and go')
const MASTERS = ['master-1', 'master-2', 'master-3', 'master-4', 'master-5']
const stack = await withStack(test, import.meta.url, { masters: MASTERS, starts: [5, 15] })
const SLAVES = ['slave-1', 'slave-2']

/** Milliseconds that a write may wait while members of a quorum of three or more come and go: an election. */
const ELECTION = 20_000
/** Milliseconds: a busy machine opens no session in less, and from one to two members nobody serves meanwhile. */
const PATIENCE = { open: 10_000, write: 300_000 }
const written: string[] = []

/** Wishes for these masters, of which some leave. */
const wishes = (masters: readonly string[], retire: readonly string[] = []): void =>
  stack.wishes({ hosts: [...masters, ...SLAVES], retire })

/** One run to other members, under load. @returns the longest wait of a write */
async function goes(
  masters: readonly string[],
  retire: readonly string[],
  stages: number,
  allow: readonly string[] = [],
) {
  const through = stack.masters.filter(({ name }) => !retire.includes(name)).map(({ address }) => address)
  wishes(masters, retire)
  const planned = await finish(plan, await stack.cluster(), memory(), { allow })
  assert.is(planned.stages?.length, stages, reasons(planned))
  const root = `/written-${written.length}`
  const writes = await writer(through, root, 50, PATIENCE)
  const client = stack.load(20)
  const began = performance.now()
  try {
    await client.reach(50)
    const done = await stack.converge({}, undefined, allow)
    assert.equal(new Set(Object.values(outcomes(done))), new Set(['changed']), reasons(done))
    await client.reach(client.sent + 50)
  } finally {
    await client.stop()
  }
  const took = Math.round((performance.now() - began) / 1000)
  const { lost, slowest, written: count } = await writes.stop()
  written.push(...[...writes.acknowledged.keys()].map((name) => `${root}/${name}`))
  const load = await client.stop()
  console.error(`${planned.stages?.at(-1)}: ${took} s, ${count} writes, the slowest ${Math.round(slowest)} ms`)
  assert.equal(lost, [])
  wishes(masters.filter((name) => !retire.includes(name)))
  await stack.green()
  const again = await stack.converge()
  assert.equal(new Set(Object.values(outcomes(again))), new Set(['in-sync']), reasons(again))
  return { load, slowest }
}

test('one master with two slaves, and the app', async () => {
  wishes(['master-1'])
  await stack.converge()
  const live = await stack.deploys({ version: 'v1' })
  assert.is(live.outcome, 'live', live.reason)
})

test('one becomes three, once it is said that the registry may begin anew', async () => {
  wishes(MASTERS.slice(0, 3))
  const refused = await finish(apply, await stack.cluster(), memory())
  assert.is(refused.exitCode, 1)
  assert.match(reasons(refused), /several masters cannot share a registry/)
  assert.is(await ok(stack.host('master-1'), 'grep -c ^server /etc/zookeeper/zoo.cfg'), '1', 'nothing was changed')
  const { load } = await goes(MASTERS.slice(0, 3), [], 4, ['mesos-reset-registry'])
  nothingLost(load, 100)
})

test('three become five, and nobody misses a quorum', async () => {
  const { load, slowest } = await goes(MASTERS, [], 3)
  nothingLost(load, 100)
  assert.ok(slowest < ELECTION, `a write took ${slowest} ms`)
})

/** Marathon's leader, and another of these masters. */
async function leaderAndAnother(names: readonly string[]): Promise<readonly string[]> {
  const { name } = await stack.leader()
  return [name, names.find((each) => each !== name) as string]
}

let left: readonly string[] = []

test("five become three: Marathon's leader is one of the two that leave", async () => {
  left = await leaderAndAnother(MASTERS)
  const { load, slowest } = await goes(MASTERS, left, 3)
  nothingLost(load, 100)
  assert.ok(slowest < ELECTION, `a write took ${slowest} ms`)
})

test('three become one, with all that was ever written, and the app goes on', async () => {
  const three = MASTERS.filter((name) => !left.includes(name))
  const leave = await leaderAndAnother(three)
  const { load } = await goes(three, leave, 3)
  nothingLost(load, 100)
  const stays = three.find((name) => !leave.includes(name)) as string
  const client = await ZkClient.open(stack.host(stays).address)
  const roots = [...new Set(written.map((path) => path.replace(/\/w\d+$/, '')))]
  const there = await Promise.all(
    roots.map(async (root) => (await client.children(root)).map((name) => `${root}/${name}`)),
  )
  client.close()
  const kept = new Set(there.flat())
  assert.equal(
    written.filter((path) => !kept.has(path)),
    [],
  )
  await until(
    'the app is whole',
    async () => {
      const { outcome } = await stack.scales(3)
      return outcome === 'live'
    },
    1000,
  )
})

test.run()
