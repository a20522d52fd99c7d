/** Members of a quorum that leave it in stages, in one run; alive, dead, or known still. */
import { rmSync, writeFileSync } from 'node:fs'
import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { inTurns } from '../../../src/engine/about.ts'
import type { RunEvent } from '../../../src/engine/events.ts'
import { TransportError } from '../../../src/transport/transport.ts'
import type { FakeHost } from '../../support/fake-host.ts'
import { lab, well } from '../../support/growing.ts'
import { daemon, note } from '../../support/toys.ts'

const test = suite('hosts that retire')

const SHRINK = { names: 'abc', retire: 'bc' }

test('those that are to leave do so one at a time, the last first, and are stopped when nobody knows them any more', async () => {
  const one = await lab('abc')
  try {
    const wanted = one.cluster(SHRINK.names, SHRINK.retire)
    const planned = await one.run.plan(wanted)
    assert.equal(planned.result.stages, [
      'Quorum 3 (those that are members become alike)',
      'Quorum 3 → 2 (c leaves)',
      'Quorum 2 → 1 (b leaves)',
    ])
    const told = planned.host('c').plan?.steps.map(({ name, changes }) => [name, changes[0]?.text])
    assert.equal(told, [['host', 'leaves the cluster']])
    const before = one.log().length
    const done = await one.run.apply(wanted)
    assert.is(done.result.exitCode, 0, JSON.stringify(done.result.hosts))
    well(one, SHRINK, 'in one run')
    const log = one.log().slice(before)
    assert.equal(
      log.map((each) => each.join(' ')).filter((line) => !line.endsWith('forgotten')),
      ['c yields', 'a ab', 'b ab', 'c left', 'b yields', 'a a', 'b left'],
    )
    const second = await one.run.apply(wanted)
    assert.equal(
      second.result.hosts.map(({ outcome, cost, plan }) => [outcome, cost.execs, plan?.warnings]),
      [
        ['in-sync', 1, []],
        ['in-sync', 1, ['It has left the cluster: take it out of the inventory.']],
        ['in-sync', 1, ['It has left the cluster: take it out of the inventory.']],
      ],
    )
    assert.is((await one.run.apply(one.cluster('a'))).result.exitCode, 0)
  } finally {
    one.end()
  }
})

test('one that the others elect again, when some do not know it any more, hands over once more', async () => {
  const one = await lab('abc')
  try {
    let elected = false
    const onEvent = ({ event, ...more }: RunEvent): void => {
      if (event !== 'step-done' || !('host' in more) || more.host !== 'a' || elected) return
      elected = true
      writeFileSync(one.hosts.c?.path('leads') ?? '', '')
    }
    const done = await one.run.apply(one.cluster('abc', 'c'), { onEvent })
    assert.is(done.result.exitCode, 0, JSON.stringify(done.result.hosts))
    well(one, { names: 'abc', retire: 'c' }, 'in one run')
    assert.equal(
      one
        .log()
        .slice(3)
        .map((each) => each.join(' '))
        .filter((line) => !line.endsWith('forgotten')),
      ['c yields', 'a ab', 'c yields', 'b ab', 'c left'],
    )
  } finally {
    one.end()
  }
})

test('a run about something else does not make it leave', async () => {
  const one = await lab('abc')
  try {
    const before = one.log().length
    const cluster = one.cluster(SHRINK.names, SHRINK.retire)
    const other = note('members', { text: 'other' })
    const about = inTurns([other, daemon('d', { reads: ['members'], restartOn: [other] })])(cluster)
    const { result } = await one.run.apply(cluster, { about, hosts: cluster.hosts.filter(({ name }) => name === 'c') })
    assert.is(result.hosts[0]?.steps, 2)
    assert.equal(one.log().slice(before), [])
  } finally {
    one.end()
  }
})

test('one that is wanted again is a member as any other, and may leave again', async () => {
  const one = await lab('abc')
  const left = () => one.hosts.c?.read('var/lib//provision/retired') !== undefined
  try {
    assert.is((await one.run.apply(one.cluster('abc', 'c'))).result.exitCode, 0)
    assert.ok(left())
    const planned = await one.run.plan(one.cluster('abc'))
    assert.ok(planned.host('c').steps > 0 && left(), 'a plan changes nothing')
    assert.is((await one.run.apply(one.cluster('abc'))).result.exitCode, 0)
    well(one, { names: 'abc' }, 'wanted again')
    assert.not(left())
    rmSync(one.hosts.c?.path('d.read') ?? '') // stopped by hand
    const before = one.log().length
    assert.is((await one.run.apply(one.cluster('abc', 'c'))).result.exitCode, 0)
    assert.ok(one.log().slice(before).map(String).includes('c,left'))
    assert.ok(left())
  } finally {
    one.end()
  }
})

test('one that is to leave and does not answer is forgotten only where it is said to be gone', async () => {
  const one = await lab('abc')
  try {
    const wanted = one.cluster('abc', 'c')
    const c = one.hosts.c as FakeHost
    c.refuse = new TransportError('refused', 'nobody listens: is sshd running there?')
    const before = one.log().length
    const refused = await one.run.apply(wanted)
    assert.equal(
      refused.result.hosts.map(({ outcome }) => outcome),
      ['refused', 'refused', 'unreachable'],
    )
    assert.is(
      refused.host('a').reason,
      'c, which is to leave, cannot be looked at. If it is gone for good, and never comes back, use --allow gone: the others forget it then.',
    )
    assert.is(
      refused.host('c').reason,
      'nobody listens: is sshd running there?\nIt is to leave: if it is gone for good, and never comes back, use --allow gone.',
    )
    assert.is(one.log().length, before)
    const done = await one.run.apply(wanted, { allow: ['gone'] })
    assert.is(done.result.exitCode, 0, JSON.stringify(done.result.hosts))
    assert.equal(
      one
        .log()
        .slice(before)
        .map((each) => each.join(' ')),
      ['a ab', 'b ab', 'c forgotten'],
    )
    assert.match(
      done.host('c').reason ?? '',
      /^The others have forgotten it: take it out of the inventory\. .*there\?\)$/,
    )
  } finally {
    one.end()
  }
})

test('one that the others still know does not leave alone', async () => {
  const one = await lab('abc')
  try {
    const wanted = one.cluster('abc', 'c')
    const alone = await one.run.apply(wanted, { hosts: [wanted.host('c')] })
    assert.is(alone.host('c').outcome, 'refused')
    assert.is(
      alone.host('c').reason,
      'it leaves Quorum in stages: run provision over all hosts, without a plan file, while every member answers',
    )
    const file = await one.run.plan(wanted)
    assert.ok(file.result.planFile)
    const held = await one.run.apply(wanted, { planFile: file.result.planFile })
    assert.is(held.host('c').outcome, 'refused')
    assert.ok(one.hosts.c?.read('d.read'))
  } finally {
    one.end()
  }
})

test.run()
