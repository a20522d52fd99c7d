/**
 * Two apps, then ten, behind the same HAProxies: while one of them comes in, is deployed, broken, taken back, scaled
 * and has its version changed back, no request to any of the others is lost. (Mesos and Marathon are stand-ins, unless
 * real ones are given: docs/sandbox.md.) PROVISION_LOAD is the share of the load that is sent.
 */
import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { inShare } from '../support/load.ts'
import { nothingLost, type Version, withStack } from '../support/stack.ts'
import type { Load } from '../support/tally.ts'

const test = suite('apps beside each other')
const stack = await withStack(test, import.meta.url, { masters: ['all-1'], slaves: ['all-1', 'slave-2'] })

const hostOf = (app: number): string => `app-${app}.example.com`

/** Makes a version of one of the apps live. */
async function live(app: number, version: string): Promise<void> {
  const { outcome, reason } = await stack.deploys(definition(app, version))
  assert.is(outcome, 'live', `app ${app} ${version}: ${reason}`)
}

const definition = (app: number, version: string, env = {}): Version => ({
  id: `/app-${app}`,
  version,
  instances: 2,
  labels: { 'lb.host': hostOf(app) },
  env: { PRESTOP: '3', ...env },
})

/** What is done to one app while others are asked. */
async function changed(app: number): Promise<void> {
  await live(app, 'v2')
  const sick = await stack.deploys(definition(app, 'sick', { HEALTH: '500' }), { deadline: 40 })
  assert.equal([sick.outcome, sick.back?.done], ['failed', true], sick.reason)
  const broken = await stack.deploys(definition(app, 'broken', { RUBYOPT: '-rnosuch' }), { deadline: 40 })
  assert.equal([broken.outcome, broken.back?.done], ['failed', true], broken.reason)
  for (const instances of [3, 1, 2]) assert.is((await stack.scales(instances, `/app-${app}`)).outcome, 'live')
  await live(app, 'v1')
}

/** Requests to each of these apps while something is done: those of each, in order. */
async function asked(apps: readonly number[], work: () => Promise<void>): Promise<readonly Load[]> {
  const clients = apps.map((app) => stack.load(inShare(40) / apps.length, hostOf(app)))
  await Promise.all(clients.map((client) => client.reach(5)))
  await work()
  return Promise.all(clients.map((client) => client.stop()))
}

const others = (of: number, but: number): number[] => Array.from({ length: of }, (_, i) => i).filter((i) => i !== but)

test('bare hosts, and two apps', async () => {
  await stack.converge()
  await live(0, 'v1')
  await live(1, 'v1')
})

for (const [n, but] of [
  [2, 0],
  [2, 1],
  [10, 4],
] as const)
  test(`${n} apps, of which one is changed in every way: nothing of the others is lost`, async () => {
    if (n > 2)
      for (const load of await asked([0, 1], async () => {
        for (let app = 2; app < n; app++) await live(app, 'v1')
      }))
        nothingLost(load, 100)
    for (const load of await asked(others(n, but), () => changed(but))) nothingLost(load, 100)
    await stack.green()
  })

test.run()
