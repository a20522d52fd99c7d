import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { normalize } from '../../app/normalize.ts'
import type { App } from '../../app/types.ts'
import type { Instance } from '../instance.ts'
import * as replace from './replace.ts'

const test = suite('marathon stand-in: rolling restart')

const app = (instances: number, min: number, over: number, more: object = {}): App => ({
  ...normalize({
    id: '/a',
    cmd: 'x',
    instances,
    upgradeStrategy: { minimumHealthCapacity: min, maximumOverCapacity: over },
    ...more,
  }),
  version: 'v2',
})
const instance = (id: string, more: Partial<Instance> = {}): Instance => ({
  id,
  app: '/a',
  version: 'v1',
  goal: 'Running',
  condition: 'Running',
  since: 0,
  incarnation: 1,
  ...more,
})
const many = (count: number, more: Partial<Instance> = {}, from = 1) =>
  Array.from({ length: count }, (_, i) => instance(`i${from + i}`, more))
const checks = { healthChecks: [{ protocol: 'MESOS_HTTP' }] }

// instances, minimum, over-capacity, instances there, of them healthy: killed at once, most that may be there
const strategies: readonly (readonly [number, number, number, number, number, number, number])[] = [
  [4, 1, 1, 4, 4, 0, 8],
  [4, 1, 0.5, 4, 4, 0, 6],
  [4, 0.5, 0, 4, 4, 2, 4],
  [4, 0, 0, 4, 4, 4, 4],
  [4, 0.75, 0.25, 4, 4, 1, 5],
  [4, 0.75, 0.25, 4, 0, 0, 5],
  [4, 1, 0, 4, 4, 0, 5], // one more than it may be, or nothing could begin
  [4, 1, 0, 4, 0, 0, 4], // none is healthy in Mesos's eyes: nothing begins
  [4, 1, 0.5, 6, 4, 2, 6], // the surplus of a deployment before
  [4, 1, 1, 8, 8, 4, 8],
  [3, 1, 1, 6, 3, 3, 6],
  [6, 1, 0.5, 6, 4, 0, 9],
  [1, 1, 1, 1, 1, 0, 2],
]
for (const [count, min, over, current, healthy, kill, maxCapacity] of strategies)
  test(`${count} instances, min ${min}, over ${over}; ${current} there, ${healthy} healthy: kills ${kill}, at most ${maxCapacity}`, () =>
    assert.equal(replace.strategy(app(count, min, over), current, healthy), { kill, maxCapacity }))

test('without checks all are healthy: the last goes first', () => {
  const { kill, start, state } = replace.begin(app(4, 0.5, 0), many(4), () => app(4, 1, 1))
  assert.equal([kill, start, state.toKill], [['i4', 'i3'], 0, ['i2', 'i1']])
})

test("with Mesos's checks unhealthy ones go first, as they come", () => {
  const old = [...many(3, { healthy: true }), ...many(3, { version: 'v0' }, 4)]
  const spec = app(4, 1, 0.5, checks)
  assert.equal(replace.begin(spec, old, () => spec).kill, ['i4', 'i5'])
})

test("with Marathon's checks none is healthy: they go as they come", () => {
  const spec = app(4, 1, 0.5, { healthChecks: [{ protocol: 'HTTP' }] })
  assert.equal(replace.begin(spec, many(6), () => spec).kill, ['i1', 'i2'])
})

test('an old one dies for each new one that runs; the end is when all are there and no old one is left', () => {
  let state = replace.begin(app(2, 1, 1), many(2), () => app(2, 1, 1)).state
  const told = (i: Instance) => {
    const wants = replace.changed(state, i)
    state = wants.state
    return wants.kill
  }
  assert.equal(told(instance('n1', { version: 'v2' })), ['i2'])
  assert.equal(told(instance('n1', { version: 'v2', condition: 'Failed' })), [])
  assert.equal(told(instance('n1', { version: 'v2' })), ['i1'])
  assert.equal(told(instance('n2', { version: 'v2' })), [])
  assert.not.ok(replace.done(state))
  for (const id of ['i1', 'i2']) told(instance(id, { goal: 'Decommissioned', condition: 'Killed' }))
  assert.ok(replace.done(state))
})

test('with checks a running one is not enough', () => {
  const { state } = replace.begin(app(1, 1, 1, checks), many(1, { healthy: true }), () => app(1, 1, 1, checks))
  assert.equal(replace.changed(state, instance('n1', { version: 'v2' })).kill, [])
  assert.equal(replace.becameHealthy(state, 'n1').kill, ['i1'])
})

test('with a readiness check a healthy one is not enough', () => {
  const ready = { readinessChecks: [{ portName: 'default' }] }
  const { state } = replace.begin(app(1, 1, 1, ready), many(1), () => app(1, 1, 1))
  const running = replace.changed(state, instance('n1', { version: 'v2' }))
  assert.equal(running.kill, [])
  assert.equal(replace.becameReady(running.state, 'n1').kill, ['i1'])
})

test('what dies makes room for what is new', () => {
  const { state, start } = replace.begin(app(4, 0.5, 0), many(4), () => app(4, 1, 1))
  assert.is(start, 0)
  assert.is(replace.changed(state, instance('i4', { goal: 'Decommissioned', condition: 'Killed' })).start, 1)
  const own = replace.changed(state, instance('i1', { condition: 'Failed' }))
  assert.equal([own.kill, own.start], [['i1'], 1], 'one that ends by itself is not relaunched, but replaced')
})

test('a new leader counts what runs the new version as started', () => {
  const spec = app(4, 1, 1, checks)
  const there = [...many(4, { healthy: true }), ...many(4, { version: 'v2' }, 5)]
  const { kill, start, state } = replace.begin(spec, there, () => spec)
  assert.equal([kill, start, state.started, state.healthy], [['i4', 'i3', 'i2', 'i1'], 0, 4, []])
})

test.run()
