import { rmSync } from 'node:fs'
import { join } from 'node:path'
import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import * as v from 'valibot'
import { memberOf } from '../../../src/cloud/aws/groups.ts'
import { balance } from '../../../src/cloud/balancers/attach.ts'
import { terminate } from '../../../src/cloud/ending/terminate.ts'
import type { CloudResult } from '../../../src/cloud/events.ts'
import type { Ground, Service } from '../../../src/cloud/ground.ts'
import { refresh } from '../../../src/cloud/ledger/refresh.ts'
import { type GroupMember, type Hook, ownHooks } from '../../../src/cloud/others/groups.ts'
import { letGo, letServe, tooSmall } from '../../../src/cloud/others/lifecycle.ts'
import { GROUP_TAG } from '../../../src/cloud/others/members.ts'
import { parseInventory } from '../../../src/inventory/parse.ts'
import { defineRecipe, defineRole } from '../../../src/model/define-recipe.ts'
import { ACCOUNT, groundIn, written } from '../../support/cloud-ground.ts'
import { Killed, MemoryCloud } from '../../support/memory-cloud.ts'
import { HOOKS } from '../../support/memory-groups.ts'
import { quickFolder } from '../../support/quick-folder.ts'

const test = suite('auto-scaling groups')
const folder = quickFolder('groups')
test.after(() => rmSync(folder, { recursive: true }))

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

const worker = defineRecipe({
  name: 'worker',
  attributes: v.object({}),
  resources: () => [],
  rolling: { services: ['worker'], unavailable: () => 1, before: async () => {}, after: async () => {} },
})
const roles = new Map([['web', defineRole({ name: 'web', recipes: [worker] })]])
const TARGETS = 'arn:aws:elasticloadbalancing:eu-west-1:123456789012:targetgroup/web/0123456789abcdef'
const FILE = JSON.stringify({
  cloud: { aws: { cluster: 'dc1' } },
  roles: { web: { cloud: { discover: { group: 'web' }, balancers: [TARGETS] } } },
  hosts: { other: { address: '10.0.8.1', roles: ['web'] } },
})

type Work = (ground: Ground) => Promise<readonly CloudResult[]>
let stories = 0

/** A group with members, and rounds as `provision --refresh` goes them; who takes hosts out of service is a stand-in. */
function story({ hooks = HOOKS, no = {} }: { hooks?: readonly Hook[]; no?: Record<string, string> } = {}) {
  const cloud = new MemoryCloud()
  cloud.groups.make('web', { hooks })
  const place = join(folder, String(++stories))
  const log: string[] = []
  const out = new Set<string>()
  const service: Service = {
    async out(_, hosts) {
      await new Promise((resolve) => setTimeout(resolve, 15))
      if (cloud.dead) throw new Killed()
      for (const host of hosts) if (no[host] === undefined) out.add(host)
      return new Map(hosts.flatMap((host) => (no[host] === undefined ? [] : [[host, no[host]]])))
    },
    back: async () => new Map(),
    idle: async () => [],
  }
  const known = () => written(place).ledger.hosts
  const hosts = () =>
    parse()
      .hosts.filter(({ discovered }) => discovered)
      .map(({ name }) => name)
  const parse = () => {
    const ledger = { ...ACCOUNT, hosts: known(), ended: {} }
    return parseInventory(FILE, { path: join(folder, 'inventory.json'), roles, ledger })
  }
  const run = (work: Work): Promise<readonly CloudResult[]> =>
    work(
      groundIn(place, {
        cluster: parse(),
        provider: cloud.provider(),
        transport: cloud.transport,
        service,
        pace: 2,
        tell: (event) => {
          if (event.event === 'warning') log.push(event.text)
          if (event.event === 'end' && event.outcome !== 'there') log.push(`${event.host} ${event.outcome}`)
        },
      }),
    )
  /** What a round does, with all hosts green but those that are named. */
  const round = async (red: readonly string[] = []): Promise<void> => {
    await run((ground) => refresh(ground, false))
    const green = hosts().filter((name) => !red.includes(name))
    await run((ground) => balance(ground, green))
    await run((ground) => letServe(ground, green))
    await run(letGo)
  }
  const starts = (id: string): void => {
    cloud.others(id, { [GROUP_TAG]: 'web' })
    cloud.groups.joins('web', id)
  }
  const members = () =>
    [...(cloud.groups.all.get('web')?.members ?? [])].map(([id, { state, waits }]) => `${id} ${state} ${waits}`)
  return { cloud, log, out, run, round, starts, members, ledger: known, hosts }
}

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

const ENDS: readonly (readonly [what: string, shrink: boolean, least: number, outcome: RegExp, desired: number])[] = [
  ['replaced', false, 2, /^ended i-1, by its group web$/, 2],
  ['taken away', true, 1, /^ended i-1, by its group web$/, 1],
  ['needed', true, 2, /^refused web would have 1 members/, 2],
]
for (const [what, shrink, least, outcome, desired] of ENDS)
  test(`terminate: one that is ${what}`, async () => {
    const { cloud, run, round, starts, members, out, ledger } = story()
    starts('i-1')
    starts('i-2')
    await round()
    Object.assign(cloud.groups.all.get('web') ?? {}, { least })
    const end = (dry: boolean) =>
      run((ground) => terminate(ground, { hosts: ['web-1'], allow: [], dry, shrink })).then(([result]) => result)
    const planned = await end(true)
    assert.match(`${planned?.outcome} ${planned?.text}`, outcome.source.includes('refused') ? outcome : /^planned i-1/)
    const result = await end(false)
    assert.match(`${result?.outcome} ${result?.text}`, outcome)
    const isEnded = result?.outcome === 'ended'
    assert.is(members().length, isEnded ? 1 : 2)
    assert.equal([[...out], Object.keys(ledger())], isEnded ? [['web-1'], ['web-2']] : [[], ['web-1', 'web-2']])
    assert.equal([cloud.groups.all.get('web')?.desired, cloud.lost], [desired, []])
  })

test('killed anywhere in a round, the next ones end with what is right', async () => {
  const scene = async () => {
    const told = story()
    for (const id of ['i-1', 'i-2']) told.starts(id)
    await told.round()
    told.cloud.groups.leaves('web', 'i-1')
    told.starts('i-3')
    told.cloud.revive()
    return told
  }
  const counted = await scene()
  await counted.round()
  const points = counted.cloud.calls
  assert.ok(points > 15, `${points} calls`)
  const deaths = Array.from({ length: points }, (_, i) => [false, true].map((done) => ({ call: i + 1, done }))).flat()
  await Promise.all(
    deaths.map(async (death) => {
      const { cloud, round, out, members, hosts, ledger } = await scene()
      cloud.killAt = death
      await round().catch((error: unknown) => {
        if (!(error instanceof Killed)) throw error
      })
      await new Promise((resolve) => setTimeout(resolve, 40)) // what was under way meets the end as well
      cloud.revive()
      for (let n = 0; n < 2; n++) await round()
      const point = `${death.done ? 'after' : 'before'} call ${death.call} of ${points}`
      assert.equal(members().sort(), ['i-2 serves false', 'i-3 serves false'], point)
      assert.equal(
        [hosts(), Object.keys(ledger()).sort()],
        [
          ['web-2', 'web-3'],
          ['web-2', 'web-3'],
        ],
        point,
      )
      assert.equal([[...out], cloud.lost], [['web-1'], []], point)
      const targets = [...(cloud.targets.get(TARGETS) ?? [])].map(([id, { state }]) => `${id} ${state}`).sort()
      assert.equal(targets, ['i-2 healthy', 'i-3 healthy'], point)
    }),
  )
})

test.run()
