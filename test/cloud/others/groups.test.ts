import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { memberOf } from '../../../src/cloud/aws/groups.ts'
import { type GroupMember, type Hook, ownHooks } from '../../../src/cloud/others/groups.ts'
import { tooSmall } from '../../../src/cloud/others/lifecycle.ts'
import { HOOKS } from '../../support/memory-groups.ts'
import { story, TARGETS } from './group-story.ts'

const test = suite('auto-scaling groups')

const STATES: readonly (readonly [lifecycle: string, state: GroupMember['state'], waits: boolean])[] = [
  ['Pending', 'joins', false],
  ['Pending:Wait', 'joins', true],
  ['Pending:Proceed', 'joins', false],
  ['InService', 'serves', false],
  ['Standby', 'serves', false],
  ['Terminating', 'leaves', false],
  ['Terminating:Wait', 'leaves', true],
  ['Terminating:Proceed', 'leaves', false],
  ['Terminated', 'leaves', false],
  ['Detaching', 'leaves', false],
  ['Warmed:Pending:Wait', 'rests', true],
  ['Warmed:Stopped', 'rests', false],
]
for (const [lifecycle, state, waits] of STATES)
  test(`${lifecycle}: ${state}`, () => assert.equal(memberOf(lifecycle), { state, waits }))

test('hooks of others are let alone', () => {
  const hook = (name: string, at: Hook['at']): Hook => ({ name, at, seconds: 60 })
  const all = [hook('provision', 'end'), hook('dns', 'end'), hook('provision-x', 'launch')]
  assert.equal(
    ownHooks(all, 'end').map(({ name }) => name),
    ['provision'],
  )
})

test('a group does not get smaller than it may be', () => {
  const group = { name: 'web', desired: 3, least: 2, members: new Map() }
  assert.is(tooSmall(group, 1), undefined)
  assert.match(tooSmall(group, 2) ?? '', /^web would have 1 members, and is to have 2 at least/)
})

test('a new member is converged and attached before its group lets it serve', async () => {
  const { cloud, log, round, starts, members, hosts } = story()
  starts('i-1')
  await round(['web-1'])
  assert.equal([members(), hosts(), cloud.targets.get(TARGETS)?.size], [['i-1 joins true'], ['web-1'], 0])
  await round()
  assert.equal(members(), ['i-1 serves false'])
  assert.equal(
    [...(cloud.targets.get(TARGETS) ?? [])].map(([id, { state }]) => `${id} ${state}`),
    ['i-1 healthy'],
  )
  assert.equal(log, ['web-1 found', 'web-1 attached', 'web-1 serving'])
})

test('one that leaves is drained, detached and let go, and its group is told to wait meanwhile', async () => {
  const { cloud, log, out, round, starts, members, hosts, ledger } = story()
  starts('i-1')
  starts('i-2')
  await round()
  cloud.groups.leaves('web', 'i-1')
  log.length = 0
  await round()
  assert.equal([members(), hosts(), [...out], cloud.lost], [['i-2 serves false'], ['web-2'], ['web-1'], []])
  assert.ok((cloud.groups.beats.get('i-1') ?? 0) >= 1)
  assert.equal(log, ['web-1 gone', 'web-1 ended'])
  await round()
  assert.equal(Object.keys(ledger()), ['web-2'])
})

test('heartbeats go on for as long as it is drained', async () => {
  const { cloud, round, starts } = story({ hooks: HOOKS.map((hook) => ({ ...hook, seconds: 0.009 })) })
  starts('i-1')
  await round()
  cloud.groups.leaves('web', 'i-1')
  await round()
  const beats = cloud.groups.beats.get('i-1') ?? 0
  assert.ok(beats >= 2, `${beats} beats`)
  await new Promise((resolve) => setTimeout(resolve, 20))
  assert.is(cloud.groups.beats.get('i-1'), beats)
})

test('where the others have no room, it waits and is said so in each round', async () => {
  const { cloud, log, round, starts, members } = story({ no: { 'web-1': 'no room' } })
  starts('i-1')
  await round()
  cloud.groups.leaves('web', 'i-1')
  log.length = 0
  await round()
  await round()
  assert.equal([members(), log], [['i-1 leaves true'], ['web-1 gone', 'web-1 refused', 'web-1 refused']])
})

test('one that never was a host is let go at once', async () => {
  const { cloud, round, starts, members, out } = story()
  starts('i-1')
  cloud.groups.leaves('web', 'i-1')
  await round()
  assert.equal([members(), [...out]], [[], []])
})

test('nobody waits for members of a group without hooks, and that is said', async () => {
  const { cloud, log, round, starts, hosts, ledger } = story({ hooks: [] })
  starts('i-1')
  await round()
  assert.match(log.join(), /web ends its members at once, undrained: it has no lifecycle hook/)
  cloud.groups.leaves('web', 'i-1')
  await round()
  assert.equal([hosts(), ledger()], [[], {}])
})

test('hooks of others are left to them', async () => {
  const { round, starts, members } = story({ hooks: [{ name: 'dns', at: 'launch', seconds: 60 }, ...HOOKS.slice(1)] })
  starts('i-1')
  await round()
  await round()
  assert.equal(members(), ['i-1 joins true'])
})

test('a group that there is not is said, and those kept in reserve are no hosts', async () => {
  const { cloud, log, round, starts, hosts } = story()
  starts('i-1')
  cloud.groups.all.get('web')?.members.set('i-1', { state: 'rests', waits: false })
  await round()
  assert.equal(hosts(), [])
  cloud.groups.all.clear()
  cloud.machines.length = 0
  await round()
  assert.match(log.join(), /there is no auto-scaling group web, which the inventory names/)
})

test.run()
