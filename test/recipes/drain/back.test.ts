/** How a host is brought back: against a cluster that is played. */
import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { bringBack } from '../../../recipes/mesos-agent/drain.ts'
import { fails, PATIENCE, World } from './world.ts'

const test = suite('draining: brought back')

test('brought back: when it is registered again', async () => {
  const world = Object.assign(new World(), { deactivated: true, drain: 'DRAINED', recovering: 3 } as const)
  await bringBack(world.turn(), PATIENCE)
  assert.equal([world.deactivated, world.recovering < 0], [false, true])
  assert.equal(world.log, ['REACTIVATE_AGENT'])
})

test('brought back: a drain cannot be interrupted, and one that hangs is asked for again', async () => {
  const world = Object.assign(new World(), { deactivated: true, drain: 'DRAINING', drains: 1 } as const)
  await bringBack(world.turn(), { ...PATIENCE, drain: 10 })
  assert.is(world.deactivated, false)
  assert.ok(world.log.includes('DRAIN_AGENT 60'))
  assert.ok(world.said.includes('its drain to end'))
})

test('brought back: one that is in service, or was never taken out, is left alone', async () => {
  const active = new World()
  await bringBack(active.turn(), PATIENCE)
  const down = Object.assign(new World(), { connected: false, up: false })
  await bringBack(down.turn(), PATIENCE)
  assert.equal([active.log, down.log], [[], []])
})

test('brought back: one that does not come up is owed', async () => {
  const world = Object.assign(new World(), { deactivated: true, drain: 'DRAINED', up: false } as const)
  assert.is(await fails(bringBack(world.turn(), { ...PATIENCE, back: 20 })), 'waited 0.02 s for its agent to register')
})

test.run()
