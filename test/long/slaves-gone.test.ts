/**
 * Slaves go for good, on hosts: a dead one that is to leave, a dead one whose name a machine at another address gets,
 * and one that leaves alive, under load. (Mesos and Marathon are stand-ins, unless real ones are given.)
 */
import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import type { Client } from '../support/load.ts'
import { nothingLost, ok, outcomes, reasons, until, withStack } from '../support/stack.ts'
import { apply, finish, memory, plan } from '../support/zookeeper.ts'

const test = suite('slaves go for good')
const stack = await withStack(test, import.meta.url, {
  masters: ['master-1'],
  slaves: ['slave-1', 'slave-2', 'slave-3', 'spare'],
  ownImage: true,
  starts: [5, 15],
})
/** Two slaves that have it each have a task. */
const spread = { instances: 3, constraints: [['hostname', 'MAX_PER', '2']] }
const master = () => stack.host('master-1')

/** The addresses of the agents that Mesos knows, sorted. */
async function agents(): Promise<readonly string[]> {
  const answer = await ok(master(), `curl -sf http://${master().address}:5050/slaves`)
  const { slaves } = JSON.parse(answer) as { slaves: readonly { hostname: string; active: boolean }[] }
  return slaves.flatMap(({ hostname, active }) => (active ? [hostname] : [])).sort()
}

/** The nodes that Consul knows, sorted. */
const nodes = async (): Promise<string> =>
  ok(master(), "consul members | tail -n +2 | cut -d' ' -f 1 | sort | tr '\\n' ' '")

/** Three tasks of the app pass their checks, on these hosts only. */
const serves = (names: readonly string[]): Promise<void> =>
  until(
    `three tasks on ${names.join(' and ')}`,
    async () => {
      const answer = await ok(master(), `curl -sf http://${master().address}:8080/v2/apps/rails-app/tasks`)
      const { tasks } = JSON.parse(answer) as {
        tasks: readonly { host: string; state: string; healthCheckResults?: readonly { alive: boolean }[] }[]
      }
      const addresses = names.map((name) => stack.host(name).address)
      const well = tasks.filter(({ healthCheckResults = [] }) => healthCheckResults.some(({ alive }) => alive))
      return well.length === 3 && tasks.every(({ host }) => addresses.includes(host))
    },
    500,
  )

/** Ends a load, of which nothing may be lost. */
async function ends(client: Client): Promise<void> {
  await client.reach(client.sent + 100)
  nothingLost(await client.stop(), 100)
}

test('a master, three slaves and the app', async () => {
  stack.wishes({ hosts: ['master-1', 'slave-1', 'slave-2', 'slave-3'] })
  await stack.converge()
  const live = await stack.deploys({ version: 'v1', ...spread })
  assert.is(live.outcome, 'live', live.reason)
})

test('a dead slave is forgotten once it is said that it is gone, and its tasks start elsewhere at once', async () => {
  await stack.box.kill('slave-2')
  stack.wishes({ hosts: ['master-1', 'slave-1', 'slave-2', 'slave-3'], retire: ['slave-2'] })
  for (const command of [plan, apply]) {
    const refused = await finish(command, await stack.cluster(), memory())
    assert.is(refused.exitCode, 4, reasons(refused))
    assert.is(outcomes(refused)['slave-2'], 'unreachable')
  }
  assert.match(await nodes(), /slave-2/)
  const began = performance.now()
  const done = await finish(apply, await stack.cluster(), memory(), { allow: ['gone'] })
  assert.is(done.exitCode, 0, reasons(done))
  assert.match(done.hosts.find(({ host }) => host === 'slave-2')?.reason ?? '', /^The others have forgotten it: take/)
  assert.is(await nodes(), 'master-1 slave-1 slave-3')
  await serves(['slave-1', 'slave-3'])
  console.error(`its tasks run elsewhere after ${Math.round((performance.now() - began) / 1000)} s`)
  stack.wishes({ hosts: ['master-1', 'slave-1', 'slave-3'] })
  await stack.green()
  assert.equal(new Set(Object.values(outcomes(await stack.converge()))), new Set(['in-sync']))
})

test('a dead slave is replaced under its name by a machine at another address, in one run', async () => {
  await stack.box.kill('slave-3')
  stack.wishes({ hosts: ['master-1', 'slave-1', 'slave-3'], at: { 'slave-3': 'spare' } })
  const done = await stack.converge()
  assert.is(outcomes(done)['slave-3'], 'changed', reasons(done))
  const there = [stack.host('slave-1').address, stack.host('spare').address].sort()
  assert.equal(await agents(), there, 'Mesos knows the new one, and not the dead one')
  await serves(['slave-1', 'spare'])
  await stack.green()
  assert.is(await nodes(), 'master-1 slave-1 slave-3')
  assert.equal(new Set(Object.values(outcomes(await stack.converge()))), new Set(['in-sync']))
  const next = await stack.deploys({ version: 'v2', instances: 3, constraints: [['hostname', 'MAX_PER', '3']] })
  assert.is(next.outcome, 'live', next.reason)
})

test('a slave leaves alive, and no request is lost', async () => {
  const client = stack.load(40)
  await client.reach(50)
  stack.wishes({ hosts: ['master-1', 'slave-1', 'slave-3'], retire: ['slave-1'], at: { 'slave-3': 'spare' } })
  const done = await stack.converge()
  assert.is(outcomes(done)['slave-1'], 'changed', reasons(done))
  await ends(client)
  await serves(['spare'])
  assert.is(await nodes(), 'master-1 slave-3')
  assert.not.ok((await agents()).includes(stack.host('slave-1').address))
  const units = 'mesos-agent haproxy consul consul-template provision-registrar docker'
  const is = (await stack.host('slave-1').sh(`systemctl is-active ${units}; systemctl is-enabled ${units}`)).stdout
  assert.not.match(is, /^(active|enabled)$/m)
  stack.wishes({ hosts: ['master-1', 'slave-3'], at: { 'slave-3': 'spare' } })
  await stack.green()
  assert.equal(new Set(Object.values(outcomes(await stack.converge()))), new Set(['in-sync']))
})

test.run()
