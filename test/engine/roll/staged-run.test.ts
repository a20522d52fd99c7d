/** A quorum that grows in stages, in one run. */
import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { TransportError } from '../../../src/transport/transport.ts'
import type { FakeHost } from '../../support/fake-host.ts'
import { killedAtEach, lab, well } from '../../support/growing.ts'

const test = suite('a staged run')

test('plan shows the stages, apply goes through them, a second run finds nothing to do', async () => {
  const one = await lab()
  try {
    const wanted = one.cluster('abc')
    const planned = await one.run.plan(wanted)
    assert.equal(planned.result.stages, [
      'Quorum 1 (those that are members become alike)',
      'Quorum 1 → 2 (b joins)',
      'Quorum 2 → 3 (c joins)',
    ])
    assert.equal(
      planned.result.hosts.map(({ outcome }) => outcome),
      ['planned', 'planned', 'planned'],
    )
    const done = await one.run.apply(wanted)
    assert.is(done.result.exitCode, 0)
    assert.equal(
      done.result.hosts.map(({ outcome }) => outcome),
      ['changed', 'changed', 'changed'],
    )
    assert.equal(
      done.of('stage').map(({ hosts }) => hosts.join('')),
      ['a', 'ab', 'abc'],
    )
    assert.is(done.of('run').length, 1)
    assert.is(done.of('done').length, 1)
    well(one, { names: 'abc' }, 'in one run')
    const second = await one.run.apply(wanted)
    assert.equal(
      second.result.hosts.map(({ outcome, cost }) => [outcome, cost.execs]),
      ['a', 'b', 'c'].map(() => ['in-sync', 1]),
    )
  } finally {
    one.end()
  }
})

test('a stage that fails ends the run; those that come later are blocked and unchanged', async () => {
  const one = await lab()
  try {
    const wanted = one.cluster('abc')
    const b = one.hosts.b as FakeHost
    // it answers the first look, and no more
    const nobody = new TransportError('refused', 'nobody listens')
    Object.defineProperty(b, 'refuse', { configurable: true, get: () => (b.scripts.length === 0 ? undefined : nobody) })
    const done = await one.run.apply(wanted)
    assert.is(done.result.exitCode, 1)
    assert.match(done.host('a').reason ?? '', /b, a member, could not be looked at\. Nothing was changed on this host/)
    assert.equal(
      done.result.hosts.map(({ host, outcome }) => `${host} ${outcome}`),
      ['a blocked', 'b unreachable', 'c blocked'],
    )
    assert.match(done.host('c').reason ?? '', /comes after stage 2 of 3, which did not end well\. Nothing was changed/)
    assert.is(one.hosts.c?.read('members'), undefined)
    Object.defineProperty(b, 'refuse', { value: undefined })
    assert.is((await one.run.apply(wanted)).result.exitCode, 0)
    well(one, { names: 'abc' }, 'after it')
  } finally {
    one.end()
  }
})

test('killed when a stage begins or a step has ended, the next run ends right', async () => {
  assert.ok((await killedAtEach(['stage', 'step-done'], 'a', { names: 'abc' })) >= 8)
})

test.run()
