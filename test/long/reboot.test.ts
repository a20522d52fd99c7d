/**
 * All hosts of the cluster are rebooted, then patched and rebooted, in turns, while requests come in: none is lost.
 * (Mesos and Marathon are stand-ins, unless real ones are given: docs/sandbox.md.)
 */
import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { upgrades } from '../../src/cli/patch/upgrades.ts'
import { boot } from '../../src/engine/about.ts'
import type { Resource } from '../../src/model/resource.ts'
import { REPOSITORIES } from '../support/repositories.ts'
import { nothingLost, ok, outcomes, reasons, withStack } from '../support/stack.ts'
import { writer } from '../support/zk-client.ts'
import { apply, finish, memory } from '../support/zookeeper.ts'

const test = suite('all hosts are rebooted and patched')
const stack = await withStack(test, import.meta.url, { starts: [5, 15] })
const hosts = () => [...stack.masters, ...stack.slaves]
const each = (command: string) => Promise.all(hosts().map((host) => ok(host, command)))

/** Reboots all hosts under load, after some resources. */
async function reboots(ifNeeded: boolean, first: readonly Resource[] = []): Promise<void> {
  await stack.green()
  const before = await each('cat /proc/sys/kernel/random/boot_id')
  const leads = (await stack.leader()).name
  const cluster = await stack.cluster()
  const began = performance.now()
  const through = stack.masters.map(({ address }) => address)
  const writes = await writer(through, `/rebooted-${first.length}`, 50, { open: 10_000, write: 300_000 })
  const client = stack.load(40)
  try {
    await client.reach(100)
    const about = boot({ ifNeeded, within: 600 }, first)(cluster)
    const result = await finish(apply, cluster, memory(), { about })
    assert.equal(new Set(Object.values(outcomes(result))), new Set(['changed']), reasons(result))
    const order = result.events.flatMap((event) => (event.event === 'applying' ? [event.host] : []))
    assert.equal(order.slice(0, 3).sort(), stack.masters.map(({ name }) => name).sort(), `${order}`)
    assert.equal(order.slice(3), ['slave-1', 'slave-2'])
    console.error(`${order.join(', ')}; Marathon's leader was ${leads}`)
    await client.reach(client.sent + 100)
  } finally {
    await client.stop()
  }
  const { lost, written, slowest } = await writes.stop()
  const seconds = Math.round((performance.now() - began) / 1000)
  console.error(`${seconds} s, ${written} writes, the slowest ${Math.round(slowest)} ms`)
  nothingLost(await client.stop(), 500)
  assert.equal(lost, [])
  const after = await each('cat /proc/sys/kernel/random/boot_id')
  assert.is(after.filter((id) => before.includes(id)).length, 0, 'each has another boot id')
  await stack.green()
}

test('bare hosts, and the app', async () => {
  await stack.converge()
  const live = await stack.deploys({ version: 'v1' })
  assert.is(live.outcome, 'live', live.reason)
})

test('all five are rebooted, and no request is lost', () => reboots(false))

test('all five get their upgrades and a reboot in one turn each, and no request is lost', async () => {
  await each(`${REPOSITORIES}\n: >/run/reboot-required`)
  await reboots(true, [upgrades('host', { security: false })])
  const versions = await each("dpkg-query -W -f '${Package}=${Version} ' p-plain p-held p-sec")
  assert.equal(new Set(versions), new Set(['p-held=1 p-plain=2 p-sec=2']))
  const again = await finish(apply, await stack.cluster(), memory(), {
    about: boot({ ifNeeded: true, within: 600 }, [upgrades('host', { security: false })])(await stack.cluster()),
  })
  assert.equal(new Set(Object.values(outcomes(again))), new Set(['in-sync']), reasons(again))
})

test.run()
