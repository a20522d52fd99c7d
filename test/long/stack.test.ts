/**
 * The whole stack, from bare hosts to a Rails app behind HAProxy: what it promises while the app changes. (Mesos and
 * Marathon are stand-ins, unless real ones are given: docs/sandbox.md.) PROVISION_LOAD is the share of the load that is sent.
 */
import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { inShare } from '../support/load.ts'
import { nothingLost, ok, outcomes, until, withStack } from '../support/stack.ts'

const test = suite('the whole stack on hosts')
const stack = await withStack(test, import.meta.url)

test('five bare hosts become green by one run; a second finds nothing to do, by one exec each', async () => {
  const first = await stack.converge()
  assert.equal(new Set(Object.values(outcomes(first))), new Set(['changed']))
  await stack.green()
  const second = await stack.converge()
  const changed = second.hosts.filter(({ outcome }) => outcome !== 'in-sync')
  assert.equal(changed, [], JSON.stringify(changed))
  assert.equal(
    second.hosts.map(({ cost }) => cost.execs),
    [1, 1, 1, 1, 1],
  )
  for (const { host, cost } of second.hosts) assert.ok(cost.bytesUp < 20_000, `${host}: ${cost.bytesUp} bytes`)
})

test('the app comes in, on both slaves; each answers from its own containers only', async () => {
  const result = await stack.deploys({ version: 'v1', instances: 4, constraints: [['hostname', 'MAX_PER', '3']] })
  assert.is(result.outcome, 'live', result.reason)
  const [one = '', two = ''] = stack.slaves.map(({ address }) => address)
  assert.equal(await stack.answering(1000), { [one]: [one], [two]: [two] })
  await stack.green()
})

test("a slave without tasks answers from the other's, and from its own again as soon as it has one", async () => {
  const [one = '', two = ''] = stack.slaves.map(({ address }) => address)
  const alone = await stack.deploys({ version: 'v2', instances: 2, constraints: [['hostname', 'LIKE', one]] })
  assert.is(alone.outcome, 'live', alone.reason)
  assert.equal(await stack.answering(1000), { [one]: [one], [two]: [one] })
  const both = await stack.deploys({ version: 'v3', instances: 3, constraints: [['hostname', 'MAX_PER', '2']] })
  assert.is(both.outcome, 'live', both.reason)
  assert.equal(await stack.answering(1000), { [one]: [one], [two]: [two] })
})

test(`${inShare(20_000)} requests while it is scaled, deployed, taken back, and loses a task and the leader: none is lost`, async () => {
  const client = stack.load()
  const said: string[] = []
  const began = performance.now()
  const at = (what: string): void => {
    said.push(`${what} after ${Math.round((performance.now() - began) / 1000)} s`)
  }
  const live = async (what: string, run: Promise<{ outcome: string; reason?: string }>): Promise<void> => {
    const { outcome, reason } = await run
    assert.is(outcome, 'live', `${what}: ${reason}`)
    at(what)
  }
  await live('r1', stack.deploys({ version: 'r1', instances: 2 }))
  await live('6', stack.scales(6))
  await live('2', stack.scales(2))
  await live('4', stack.scales(4))
  await live('r2', stack.deploys({ version: 'r2' }))
  await live('r1 again', stack.deploys({ version: 'r1' }))

  const sick = await stack.deploys({ version: 'r3', env: { HEALTH: '500' } })
  assert.equal([sick.outcome, sick.back], ['failed', { done: true, healthy: 4, of: 4 }], sick.reason)
  at('r3, taken back')

  const leads = await stack.leader()
  const task = await ok(
    leads,
    `curl -sf http://${leads.address}:8080/v2/tasks | grep -o '"id":"rails-app[^"]*"' | head -n 1 | cut -d'"' -f4`,
  )
  await ok(
    leads,
    `curl -sf -X POST -H 'Content-Type: application/json' -d '{"ids":["${task}"]}' http://${leads.address}:8080/v2/tasks/delete`,
  )
  await until(
    'it is replaced',
    async () => {
      const tasks = await ok(leads, `curl -sf http://${leads.address}:8080/v2/apps/rails-app/tasks`)
      return !tasks.includes(task) && (tasks.match(/"alive":true/g) ?? []).length === 4
    },
    500,
  ) // prettier-ignore
  at('a task killed')

  let killed = false
  await live(
    'r4, with another leader',
    stack.deploys({ version: 'r4' }, {}, async (event) => {
      if (killed || event.event !== 'rolling' || event.healthy === 0) return
      killed = true
      at('leader killed')
      await ok(await stack.leader(), 'docker kill marathon')
    }),
  )
  assert.ok(killed)
  await client.reach(inShare(20_000))
  const load = await client.stop()
  console.error(said.join(', '))
  nothingLost(load, 20_000)
  await stack.green()
})

test.run()
