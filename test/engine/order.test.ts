/** A refusal that hosts of an earlier wave end: not asked for where they are part of the run. */
import { suite } from 'uvu'
import * as assert from 'uvu/assert'

import { makeCluster } from '../../src/inventory/make-cluster.ts'
import { type FakeHost, fakeHost } from '../support/fake-host.ts'
import { runner } from '../support/runs-of.ts'
import { host, note, recipe } from '../support/toys.ts'

const test = suite('an order between hosts')

/** `b` must not have the new text before `a`, which may be unable to get it. */
function lab(refuses = false) {
  const hosts: Readonly<Record<string, FakeHost>> = { a: fakeHost(), b: fakeHost() }
  const no = { refusal: 'never', reason: 'Never.', remedy: 'Leave it.', changes: [] }
  const first = recipe('first', () => [note('text', { text: 'new' })], { refuse: () => (refuses ? [no] : []) })
  const second = recipe('second', () => [note('text', { text: 'new' })], {
    refuse: () =>
      hosts.a?.read('text') === 'new'
        ? []
        : [{ refusal: 'order', reason: 'a is old.', remedy: 'Begin with a.', changes: [], endedBy: ['a'] }],
  })
  const roles = new Map([
    ['first', { name: 'first', recipes: [first], after: [] }],
    ['second', { name: 'second', recipes: [second], after: ['first'] }],
  ])
  const cluster = makeCluster([host('a', ['first']), host('b', ['second'])], roles)
  const only = cluster.hosts.filter(({ name }) => name === 'b')
  return { hosts, cluster, only, run: runner(hosts) }
}

test('refused where the other is not part of the run, in a plan and in an apply', async () => {
  const { cluster, only, run, hosts } = lab()
  for (const go of [run.plan, run.apply]) {
    const { result } = await go(cluster, { hosts: only })
    assert.is(result.hosts[0]?.reason, 'second: a is old. Begin with a. (Or waive it: --allow order.)')
  }
  assert.is(hosts.b?.read('text'), undefined)
})

test('planned and applied where it is, behind the other', async () => {
  const { cluster, run, hosts } = lab()
  assert.is((await run.plan(cluster)).host('b').outcome, 'planned')
  assert.is((await run.apply(cluster)).result.exitCode, 0)
  assert.is(hosts.b?.read('text'), 'new')
})

test('refused in its turn where the other was not changed', async () => {
  const { cluster, run, hosts } = lab(true)
  const { result } = await run.apply(cluster)
  assert.equal(
    result.hosts.map(({ outcome }) => outcome),
    ['refused', 'refused'],
  )
  assert.match(result.hosts[1]?.reason ?? '', /a is old/)
  assert.is(hosts.b?.read('text'), undefined)
})

test.run()
