import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { Simulation } from '../sim/simulation.ts'
import { restore, writes } from './persist.ts'

const test = suite('marathon stand-in: what is kept')

test('all that a new leader needs, and nothing twice', () => {
  const sim = new Simulation()
  const nodes = new Map<string, unknown>()
  const keep = (before: typeof sim.world) => {
    const list = writes(before, sim.world)
    for (const { path, value } of list)
      value === undefined ? nodes.delete(path) : nodes.set(path, JSON.parse(JSON.stringify(value)))
    return list
  }
  const before = sim.world
  sim.request('POST', '/v2/apps', { id: '/grp/web.a', cmd: 'x', cpus: 0.1, instances: 2 })
  sim.request('POST', '/v2/apps', { id: '/big', cmd: 'x', cpus: 64 })
  sim.run(5000)
  keep(before)
  const { kept, plans } = restore(nodes)
  assert.equal(kept.apps, sim.world.apps)
  assert.equal(kept.history, sim.world.history)
  assert.equal(kept.instances, sim.world.instances)
  assert.equal(
    [kept.rootVersion, kept.frameworkId],
    [sim.world.rootVersion, before.frameworkId === undefined ? 'F-0000' : undefined],
  )
  assert.equal(
    plans.map(({ id }) => id),
    Object.keys(sim.world.deployments),
  )
  const after = sim.world
  assert.equal(writes(after, sim.world), [], 'nothing has changed')
  sim.request('DELETE', '/v2/apps/grp/web.a')
  sim.until(() => sim.instances('/grp/web.a').length === 0)
  keep(after)
  assert.equal(
    [...nodes.keys()].filter((path) => path.startsWith('instances/') && !path.includes('big')),
    [],
  )
})

test('a name of a node never has a slash or a dot of its own', () => {
  const sim = new Simulation()
  const before = sim.world
  sim.request('POST', '/v2/apps', { id: '/a/b.c', cmd: 'x' })
  for (const { path } of writes(before, sim.world))
    assert.ok(
      path.split('/').every((part) => !part.includes('.') && part !== ''),
      path,
    )
})

test.run()
