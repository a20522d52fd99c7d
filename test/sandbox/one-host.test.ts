/** The whole stack on one host: its only master and its only slave. (Mesos and Marathon are stand-ins.) */
import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { outcomes, withStack } from '../support/stack.ts'

const test = suite('a cluster of one host')
const stack = await withStack(test, import.meta.url, { masters: ['all-1'], slaves: ['all-1'] })

test('a bare host becomes it by one run; the app comes in; a second run finds nothing to do, by one exec', async () => {
  assert.equal(outcomes(await stack.converge()), { 'all-1': 'changed' })
  await stack.green(5)
  const result = await stack.deploys({ version: 'v1', instances: 2 })
  assert.is(result.outcome, 'live', result.reason)
  const [{ address } = { address: '' }] = stack.slaves
  assert.equal(await stack.answering(100), { [address]: [address] })
  const second = await stack.converge()
  assert.equal([outcomes(second), second.hosts[0]?.cost.execs], [{ 'all-1': 'in-sync' }, 1])
})

test("a changed setting of each daemon is applied: what a daemon itself listens on stands in nobody's way", async () => {
  const result = await stack.converge({
    zookeeper: { syncLimit: 6 },
    consul: { logLevel: 'DEBUG' },
    'mesos-master': { cluster: 'test' },
    marathon: { taskLaunchConfirmTimeout: 310_000 },
  })
  assert.equal(outcomes(result), { 'all-1': 'changed' })
  await stack.green(120)
  const [{ address } = { address: '' }] = stack.slaves
  assert.equal(await stack.answering(100), { [address]: [address] })
})

test.run()
