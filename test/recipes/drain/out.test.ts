/** How a host's tasks are moved before it is interrupted: against a cluster that is played. */
import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { bringBack, takeOut } from '../../../recipes/mesos-agent/drain.ts'
import { task } from '../../support/apps.ts'
import { clusterOf, SOURCES } from '../support.ts'
import { fails, out, PATIENCE, World } from './world.ts'

const test = suite('draining: taken out')

test('tasks enough elsewhere: deactivated, then drained in the longest grace', async () => {
  const world = new World().web(task('a', 'A'), task('b', 'B'))
  await out(world)
  assert.equal(world.log, ['DEACTIVATE_AGENT', 'DRAIN_AGENT 90'])
  assert.is(world.drain, 'DRAINED')
})

test('all tasks here: one more is started elsewhere before any is ended, and the app has as many as before', async () => {
  const world = new World().web(task('a', 'A'), task('b', 'A'), task('c', 'A'))
  await out(world)
  assert.equal(world.log, ['DEACTIVATE_AGENT', 'scale /web to 4', 'kill a and scale', 'DRAIN_AGENT 90'])
  assert.is(world.apps[0]?.instances, 3)
  assert.ok(world.said.includes('its tasks to be moved: one more task of /web on another host'))
})

const DENIED = '403 (Permission denied)'
const UNCARRIED =
  /^new tasks would get no requests, and the old ones would end for them\ns-2: registrar: the Consul agent cannot be asked: 403 .*\nMend that first \(provision status\), or accept it with --allow lb-chain$/

test('what starts elsewhere would get no requests: nothing is ended', async () => {
  for (const tasks of [
    [task('a', 'A'), task('b', 'B')],
    [task('a', 'A'), task('b', 'A')],
  ]) {
    const world = Object.assign(new World().web(...tasks).balanced, { consul: [DENIED] })
    assert.match(await fails(out(world)), UNCARRIED)
    assert.equal(world.log, ['DEACTIVATE_AGENT'])
    assert.is(world.asked.includes('s-1'), false, 'whoever repairs a slave must be able to drain it')
  }
})

test('… unless that is accepted, or nothing here is balanced', async () => {
  const accepted = Object.assign(new World().web(task('a', 'A'), task('b', 'B')).balanced, { consul: [DENIED] })
  await out(accepted, undefined, ['lb-chain'])
  const plain = Object.assign(new World().web(task('a', 'A'), task('b', 'B')), { consul: [DENIED] })
  const elsewhere = Object.assign(new World().web(task('b', 'B')).balanced, { consul: [DENIED] })
  await Promise.all([out(plain), out(elsewhere)])
  for (const world of [accepted, plain, elsewhere]) assert.equal([world.drain, world.asked], ['DRAINED', []])
})

test('… or it is whole in a moment', async () => {
  const world = Object.assign(new World().web(task('a', 'A'), task('b', 'B')).balanced, {
    consul: [DENIED, DENIED, ''],
  })
  await takeOut(world.turn(), { ...PATIENCE, chain: 2000 })
  assert.is(world.drain, 'DRAINED')
})

test('the way breaks while tasks are moved: none that serves is ended, and the additional one goes', async () => {
  const world = Object.assign(new World().web(task('a', 'A'), task('b', 'A')).balanced, { consul: ['', DENIED] })
  assert.match(await fails(out(world)), UNCARRIED)
  assert.equal(world.log, ['DEACTIVATE_AGENT', 'scale /web to 3', 'kill new and scale'])
})

test('Marathon has forgotten who is healthy: Mesos is asked', async () => {
  const world = new World().web(task('a', 'A'), task('b', 'B'))
  world.forgets = true
  await out(world)
  assert.equal(world.log, ['DEACTIVATE_AGENT', 'DRAIN_AGENT 90'])
  const all = new World().web(task('a', 'A'), task('b', 'A'))
  all.forgets = true
  await out(all)
  assert.equal(all.log, ['DEACTIVATE_AGENT', 'scale /web to 3', 'kill a and scale', 'DRAIN_AGENT 90'])
})

test('the only task is here: nothing is ended, and that is said', async () => {
  const world = new World().web(task('a', 'A'))
  assert.is(
    await fails(out(world)),
    '/web has its only task here, and would be away until it has started elsewhere: scale it to 2, or accept that with --allow drain-outage',
  )
  assert.equal(world.log, ['DEACTIVATE_AGENT'])
  await bringBack(world.turn(), PATIENCE)
  assert.equal([world.deactivated, world.apps[0]?.tasks.length], [false, 1])
})

test('… unless that is accepted', async () => {
  const world = new World().web(task('a', 'A'))
  await out(world, undefined, ['drain-outage'])
  assert.equal(world.log, ['DEACTIVATE_AGENT', 'DRAIN_AGENT 90'])
})

test('all tasks here, and nobody else could take one: refused at once, and nothing is ended', async () => {
  const world = Object.assign(new World().web(task('a', 'A'), task('b', 'A')), { other: false })
  const began = Date.now()
  assert.match(
    await fails(out(world)),
    /^\/web has all its tasks here, and no other slave could take one .* make room on another slave, or accept that it is away with --allow drain-outage$/,
  )
  assert.ok(Date.now() - began < PATIENCE.move)
  assert.equal(world.log, ['DEACTIVATE_AGENT'])
})

test('… because the other slave is drained: that is said', async () => {
  const world = Object.assign(new World().web(task('a', 'A'), task('b', 'A')), { otherServes: false })
  assert.match(
    await fails(out(world)),
    /\(its free resources, or the app's constraints; s-2 is out of service\): make room/,
  )
})

test('… unless that is accepted', async () => {
  const world = Object.assign(new World().web(task('a', 'A'), task('b', 'A')), { other: false })
  await out(world, undefined, ['drain-outage'])
  assert.equal(world.log, ['DEACTIVATE_AGENT', 'DRAIN_AGENT 90'])
})

test('one more that never gets healthy goes again, and none of those that serve was ended', async () => {
  const world = Object.assign(new World().web(task('a', 'A'), task('b', 'A')), { ill: true })
  assert.match(await fails(takeOut(world.turn(), { ...PATIENCE, move: 20 })), /could not be moved within 0\.02 s/)
  assert.equal(world.log, ['DEACTIVATE_AGENT', 'scale /web to 3', 'kill new and scale'])
  assert.equal(
    world.apps[0]?.tasks.map(({ id }) => id),
    ['a', 'b'],
  )
})

for (const [loses, what] of ['one task more', 'the end of one'].entries())
  test(`the answer to ${what} is lost: it is not asked for twice`, async () => {
    const world = Object.assign(new World().web(task('a', 'A'), task('b', 'A')), { loses: loses + 1 })
    await out(world)
    assert.is(world.apps[0]?.instances, 2)
    assert.equal(world.log.slice(0, 3), ['DEACTIVATE_AGENT', 'scale /web to 3', 'kill a and scale'])
  })

test('the answer to the end of the additional task is lost: its number is lowered once', async () => {
  const ends = { ill: true, loses: 2 }
  const world = Object.assign(new World().web(task('a', 'A'), task('b', 'A')), ends)
  await fails(takeOut(world.turn(), { ...PATIENCE, move: 20 }))
  assert.is(world.apps[0]?.instances, 2)
})

test('one more that finds no place: its number stays, since a lower one would end one that serves', async () => {
  const world = Object.assign(new World().web(task('a', 'A'), task('b', 'A')), { starts: false })
  assert.match(
    await fails(takeOut(world.turn(), { ...PATIENCE, move: 20 })),
    /could not be moved within 0\.02 s, .*; \/web has one task more than before$/,
  )
  assert.equal(world.log, ['DEACTIVATE_AGENT', 'scale /web to 3'])
})

test('a deployment is waited for', async () => {
  const world = new World().web(task('a', 'A'), task('b', 'A'))
  const [web] = world.apps
  if (web) web.deployments = ['d1']
  setTimeout(() => {
    if (web) web.deployments = []
  }, 20)
  await out(world)
  assert.is(world.said[0], 'its tasks to be moved: the deployment of /web to end')
  assert.equal(world.log, ['DEACTIVATE_AGENT', 'scale /web to 3', 'kill a and scale', 'DRAIN_AGENT 90'])
})

test('tasks that find no place elsewhere: given up, and said', async () => {
  const world = new World().web(task('a', 'A'), task('b', 'B', { state: 'TASK_STAGING', healthy: false }))
  assert.match(
    await fails(takeOut(world.turn(), { ...PATIENCE, move: 20 })),
    /could not be moved within 0\.02 s, waited for a healthy task of \/web/,
  )
  assert.equal(world.log, ['DEACTIVATE_AGENT'])
})

test('without a Marathon, the agent is drained', async () => {
  const cluster = clusterOf({
    vars: { mesos: SOURCES.mesos },
    hosts: {
      'm-1': { address: '10.0.0.11', roles: ['zookeeper', 'mesos-master-only'], vars: { zookeeper: { id: 1 } } },
      's-1': { address: '10.0.0.21', roles: ['mesos-agent'] },
    },
  })
  const world = new World()
  await out(world, cluster)
  assert.equal(world.log, ['DEACTIVATE_AGENT', 'DRAIN_AGENT 60'])
})

test('masters or Marathon that nobody reaches: nothing is done', async () => {
  const world = new World().web(task('a', 'A'))
  world.masters = false
  assert.match(await fails(out(world)), /^no master answers as the leader/)
  assert.match(await fails(bringBack(world.turn(), PATIENCE)), /^no master answers as the leader/)
  world.masters = true
  world.marathon = false
  assert.match(await fails(out(world)), /^Marathon does not answer/)
  assert.equal(world.log, ['DEACTIVATE_AGENT'])
})

test.run()
