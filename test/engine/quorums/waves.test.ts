// Components that come after others.
import { rmSync } from 'node:fs'
import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { makeCluster } from '../../../src/inventory/make-cluster.ts'
import type { Recipe } from '../../../src/model/recipe.ts'
import { TransportError } from '../../../src/transport/transport.ts'
import { host, note, recipe, role } from '../../support/toys.ts'
import { type Ctx, onQuorum, outcomes } from './ground.ts'

const test = suite<Ctx>('quorums: waves')
onQuorum(test)

/** Masters first, then slaves. */
const layered = (master: Recipe, slave: Recipe) =>
  makeCluster(
    [host('a', ['slave']), host('b', ['master']), host('c', ['slave'])],
    new Map([
      ['master', role('master', [master])],
      ['slave', role('slave', [slave], ['master'])],
    ]),
  )
const slave = recipe('slave', () => [note('s', { text: '1' })])

test('a wave begins when the gate of the one before it is passed', async (ctx) => {
  let asked = 0
  const master = recipe('master', () => [note('m', { text: '1' })], {
    health: async () => ({ green: ++asked > 2, says: `asked ${asked}` }),
  })
  const done = await ctx.run.apply(layered(master, slave))
  assert.equal(outcomes(done), ['changed', 'changed', 'changed'])
  const order = done.events.flatMap((e) =>
    e.event === 'applying' || (e.event === 'gate' && e.green) ? [`${e.event} ${e.host}`] : [],
  )
  assert.equal(
    [order.slice(0, 2), order.slice(2).sort()],
    [
      ['applying b', 'gate b'],
      ['applying a', 'applying c'],
    ],
  )
  const told = done.of('waiting').map((e) => `${e.host} waits for ${e.for}`)
  assert.equal(told, ['a waits for b, which comes first', 'c waits for b, which comes first'])
})

test('a wave whose gate stays closed blocks those that come after it, and only those', async (ctx) => {
  const master = recipe('master', () => [note('m', { text: '1' })], {
    rolling: { services: [], deadline: 1 },
    health: async () => {
      throw new Error('connection refused')
    },
  })
  const done = await ctx.run.apply(layered(master, slave))
  assert.equal(outcomes(done), ['blocked', 'failed', 'blocked'])
  assert.is(done.host('b').reason, 'applied, but unhealthy after 1 s: connection refused')
  assert.is(done.host('a').reason, 'comes after b, which failed. Nothing was changed on this host.')
})

test('what a run has left that was never well holds up later waves in the next run, too; what was well once does not', async (ctx) => {
  let well = false
  const master = recipe('master', () => [note('m', { text: '1' })], {
    rolling: { services: [], deadline: 1 },
    health: async () => ({ green: well, says: well ? 'leads' : 'has no quorum' }),
  })
  const again = async (text: string) =>
    outcomes(
      await ctx.run.apply(
        layered(
          master,
          recipe('slave', () => [note('s', { text })]),
        ),
      ),
    )
  assert.equal(await again('1'), ['blocked', 'failed', 'blocked'])
  const second = await ctx.run.apply(layered(master, slave))
  assert.equal(outcomes(second), ['blocked', 'in-sync', 'blocked'])
  assert.is(
    second.host('a').reason,
    'comes after b, which has not been well since it was changed: has no quorum. Nothing was changed on this host.',
  )
  well = true
  assert.equal(await again('1'), ['changed', 'in-sync', 'changed'])
  well = false
  assert.equal(await again('2'), ['changed', 'in-sync', 'changed'])
})

test('trouble of a later wave does not hold up an earlier one; an unreachable host holds up nobody', async (ctx) => {
  const master = recipe('master', () => [note('m', { text: '1' })])
  const broken = recipe('slave', ({ name }) => [note(name === 'a' ? 'broken' : 's', { text: '1' })])
  const done = await ctx.run.apply(layered(master, broken))
  assert.equal(outcomes(done), ['failed', 'changed', 'changed'])
  ctx.b.refuse = new TransportError('refused', 'it refused the connection')
  rmSync(ctx.c.path('s'))
  assert.equal(outcomes(await ctx.run.apply(layered(master, slave))), ['changed', 'unreachable', 'changed'])
})

test.run()
