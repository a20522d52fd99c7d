import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { normalize } from '../../app/normalize.ts'
import type { Condition, Instance } from '../instance.ts'
import { propose } from './proposition.ts'
import * as scale from './scale.ts'

const test = suite('marathon stand-in: scaling')

const app = (more: object = {}) => ({ ...normalize({ id: '/a', cmd: 'x', ...more }), version: 'v2' })
const instance = (id: string, condition: Condition, activeSince?: number, more: Partial<Instance> = {}): Instance => ({
  id,
  app: '/a',
  version: 'v1',
  goal: 'Running',
  condition,
  since: activeSince ?? 0,
  incarnation: 1,
  ...(activeSince !== undefined && { activeSince }),
  ...more,
})
const ids = (list: readonly Instance[]) => list.map(({ id }) => id)

const mixed = [
  instance('failed', 'Failed'),
  instance('running-1', 'Running', 1),
  instance('running-3', 'Running', 3),
  instance('running-2', 'Running', 2),
  instance('starting', 'Starting', 5),
  instance('staging', 'Staging', 4),
  instance('unreachable', 'Unreachable', 0),
]

const orders: readonly (readonly [string, readonly string[]])[] = [
  ['YOUNGEST_FIRST', ['unreachable', 'staging', 'starting', 'running-3', 'running-2', 'running-1', 'failed']],
  ['OLDEST_FIRST', ['unreachable', 'staging', 'starting', 'running-1', 'running-2', 'running-3', 'failed']],
]
for (const [killSelection, wanted] of orders)
  test(`${killSelection}: what has failed and waits for its relaunch goes last of all`, () =>
    assert.equal(ids(propose(app({ killSelection }), mixed, 0).kill), wanted))

// what is there, scaled to, sentenced: killed, started
const table: readonly (readonly [string, readonly Instance[], number, readonly string[], readonly string[], number])[] =
  [
    ['up', mixed.slice(1, 3), 5, [], [], 3],
    ['down', mixed.slice(1, 4), 2, [], ['running-3'], 0],
    ['nothing', mixed.slice(1, 3), 2, [], [], 0],
    ['sentenced ones go first', mixed.slice(1, 4), 2, ['running-1'], ['running-1'], 0],
    [
      'all sentenced go, and what is missing then starts',
      mixed.slice(1, 4),
      2,
      ['running-1', 'running-2'],
      ['running-2', 'running-1'],
      1,
    ],
    ['dying ones are not there', [instance('a', 'Running', 1, { goal: 'Decommissioned' })], 1, [], [], 1],
    ['given up ones are not there', [instance('a', 'UnreachableInactive', 1)], 1, [], [], 1],
    ['scheduled ones are', [instance('a', 'Scheduled')], 1, [], [], 0],
  ]
for (const [name, there, to, sentenced, kill, start] of table)
  test(name, () => {
    const found = propose(app(), there, to, sentenced)
    assert.equal([ids(found.kill).sort(), found.start], [[...kill].sort(), start])
  })

test('kills first, starts when those are gone, ends when the new ones run', () => {
  const begun = scale.begin(app(), mixed.slice(1, 4), 2, ['running-1', 'running-2'])
  assert.equal([[...begun.kill].sort(), begun.start], [['running-1', 'running-2'], 0])
  const killed = (id: string) => instance(id, 'Killed', 1, { goal: 'Decommissioned' })
  const one = scale.changed(begun.state, killed('running-1'))
  assert.is(one.start, 0)
  const two = scale.changed(one.state, killed('running-2'))
  assert.is(two.start, 1)
  assert.not.ok(scale.done(two.state))
  assert.ok(scale.done(scale.changed(two.state, instance('n', 'Running', 9, { version: 'v2' })).state))
})

test('with checks the new ones must be healthy', () => {
  const begun = scale.begin(app({ healthChecks: [{ protocol: 'HTTP' }] }), [], 1)
  const running = scale.changed(begun.state, instance('n', 'Running', 9, { version: 'v2' }))
  assert.not.ok(scale.done(running.state))
  assert.ok(scale.done(scale.becameHealthy(running.state, 'n').state))
})

test.run()
