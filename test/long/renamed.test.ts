/**
 * An app takes the place of another one, under load: with a name that comes before or after the old one, as the same
 * service in Consul, as a version that fails; and an app gets another name in Consul. No request is lost. (Mesos and
 * Marathon are stand-ins, unless real ones are given: docs/sandbox.md.) PROVISION_LOAD is the share of the load.
 */
import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { inShare } from '../support/load.ts'
import { nothingLost, ok, type Version, withStack } from '../support/stack.ts'

const test = suite('an app in the place of another one')
const stack = await withStack(test, import.meta.url, {
  masters: ['all-1'],
  slaves: ['all-1', 'slave-2'],
  starts: [10, 20],
})

const version = (id: string, more: Partial<Version> = {}): Version => ({
  id,
  version: id.slice(1),
  instances: 4,
  labels: { 'lb.host': 'www.example.com' },
  env: { PRESTOP: '5' },
  ...more,
})
/** Deploys under load, of which nothing may be lost. */
async function deployed(wanted: Version, outcome = 'live'): Promise<void> {
  const client = stack.load(inShare(60))
  await client.reach(10)
  const result = await stack.deploys(wanted, { deadline: 40 })
  await client.reach(client.sent + inShare(200))
  nothingLost(await client.stop(), 200)
  assert.is(result.outcome, outcome, result.reason)
}
/** The ids of all apps. */
async function apps(): Promise<readonly string[]> {
  const { address } = stack.host('all-1')
  const { apps } = JSON.parse(await ok(stack.host('all-1'), `curl -sf http://${address}:8080/v2/apps`))
  return apps.map(({ id }: { readonly id: string }) => id)
}

test('bare hosts, and an app', async () => {
  await stack.converge()
  const { outcome, reason } = await stack.deploys(version('/rails-app'))
  assert.is(outcome, 'live', reason)
})

for (const [old, id] of [
  ['/rails-app', '/shop'],
  ['/shop', '/apple'],
] as const)
  test(`${id} in the place of ${old}`, async () => {
    await deployed(version(id, { replaces: old }))
    assert.equal(await apps(), [id])
    await stack.green()
  })

test('a version that fails leaves the old one to serve', async () => {
  await deployed(version('/sick', { replaces: '/apple', env: { HEALTH: '500' } }), 'failed')
  assert.equal([...(await apps())].sort(), ['/apple', '/sick'])
  assert.is((await stack.removes('/sick')).outcome, 'removed')
})

test('as the same service in Consul, which then gets another name', async () => {
  const labels = { 'lb.host': 'www.example.com', 'lb.name': 'apple' }
  await deployed(version('/pear', { replaces: '/apple', labels }))
  await deployed(version('/pear', { labels: { ...labels, 'lb.name': 'fruit' } }))
  await deployed(version('/pear', { labels: { ...labels, 'lb.name': 'zest' } }))
  await stack.green()
})

test('the one app that gets all requests', async () => {
  await deployed(version('/rails-app', { replaces: '/pear' }))
  await deployed(version('/rails-app', { labels: {} }))
  await deployed(version('/shop', { replaces: '/rails-app', labels: { 'lb.name': 'rails-app' } }))
  await stack.green()
})

test.run()
