/** Runs that were killed, drains that hang, agents that are away: against a cluster that is played. */
import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { takeOut } from '../../../recipes/mesos-agent/drain.ts'
import { task } from '../../support/apps.ts'
import { fails, out, PATIENCE, World } from './world.ts'

const test = suite('draining: what comes in between')

for (const [what, before, log] of [
  ['deactivated', { deactivated: true }, ['DRAIN_AGENT 90']],
  ['draining', { deactivated: true, drain: 'DRAINING' }, ['DRAIN_AGENT 90']],
  ['drained', { deactivated: true, drain: 'DRAINED' }, []],
] as const) {
  test(`what a killed run left ${what} is gone on with`, async () => {
    const world = Object.assign(new World().web(task('a', 'A'), task('b', 'B')), before)
    await out(world)
    assert.equal(world.log, log)
    assert.is(world.drain, 'DRAINED')
  })
}

test('a drain that hangs is asked for again; one that hangs on has no task left either', async () => {
  const world = new World().web(task('b', 'B'))
  world.drains = 2
  await out(world)
  assert.equal(world.log, ['DEACTIVATE_AGENT', 'DRAIN_AGENT 60', 'DRAIN_AGENT 60'])
  const stuck = new World()
  stuck.drains = 99
  await out(stuck)
  assert.is(stuck.said.at(-1), 'its drain no longer: Mesos goes on with it although no task is left')
})

const STRANGER = 'shop.instance-01234567-0000-11f1-8000-000000000000._app.1'

test('a task that Marathon does not list is waited for, and never ended', async () => {
  const world = Object.assign(new World().web(task('b', 'B')), { strangers: [STRANGER], strangersLast: 2 })
  await out(world)
  assert.equal(world.log, ['DEACTIVATE_AGENT', 'DRAIN_AGENT 60'])
  const waits = `its tasks to be moved: the end of ${STRANGER}, which Marathon does not list (or accept it with --allow drain-outage)`
  assert.ok(world.said.includes(waits), world.said.join('\n'))
  const stays = Object.assign(new World().web(task('b', 'B')), { strangers: [STRANGER], strangersLast: 1e9 })
  assert.match(
    await fails(takeOut(stays.turn(), { ...PATIENCE, move: 20 })),
    /^its tasks could not be moved within 0\.02 s, waited for the end of shop\.instance-/,
  )
  assert.equal(stays.log, ['DEACTIVATE_AGENT'])
  await out(stays, undefined, ['drain-outage'])
  assert.is(stays.drain, 'DRAINED')
})

test('tasks of pods and of other frameworks end with the drain, as before', async () => {
  const strangers = ['pod.instance-01234567-0000-11f1-8000-000000000000.web.1', 'driver-20261130']
  const world = Object.assign(new World().web(task('b', 'B')), { strangers, strangersLast: 1e9 })
  await out(world)
  assert.is(world.drain, 'DRAINED')
})

test('a stop while tasks are moved', async () => {
  const world = new World().web(task('a', 'A'), task('b', 'B', { state: 'TASK_STAGING' }))
  const stop = new AbortController()
  setTimeout(() => stop.abort(), 10)
  assert.is(await fails(out(world, undefined, [], stop.signal)), 'stopped as asked, while its tasks were moved')
})

test('an agent that is not connected: what it started cannot be moved', async () => {
  for (const lost of [{ connected: false }, { listed: false }, { connected: false, deactivated: true, up: false }]) {
    const world: World = Object.assign(new World(), lost)
    await out(world) // it started nothing
    world.docker = '0123\n4567\n'
    assert.is(
      await fails(out(world)),
      'its agent is not connected to a master, so that the 2 tasks that it started cannot be moved: fix mesos-agent first, or let them end with --allow drain-outage',
    )
    await out(world, undefined, ['drain-outage'])
    assert.equal(world.log, [])
  }
})

test.run()
