/** The whole stack, from bare hosts to a Rails app behind HAProxy: what answers, and from where. (Mesos and Marathon are stand-ins.) */
import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { outcomes, withStack } from '../support/stack.ts'

const test = suite('the whole stack on hosts')
const stack = await withStack(test, import.meta.url)

test('five bare hosts become green by one run; a second finds nothing to do, by one exec each', async () => {
  const first = await stack.converge()
  assert.equal(new Set(Object.values(outcomes(first))), new Set(['changed']))
  await stack.green(5)
  const second = await stack.converge()
  assert.equal(new Set(Object.values(outcomes(second))), new Set(['in-sync']))
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
  await stack.green(5)
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

test.run()
