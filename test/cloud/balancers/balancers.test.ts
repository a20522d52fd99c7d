import { rmSync } from 'node:fs'
import { join } from 'node:path'
import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { balance } from '../../../src/cloud/balancers/attach.ts'
import { start, stop } from '../../../src/cloud/ending/power.ts'
import { terminate } from '../../../src/cloud/ending/terminate.ts'
import type { CloudResult } from '../../../src/cloud/events.ts'
import type { Ground, Service } from '../../../src/cloud/ground.ts'
import { type Declared, declared, launch } from '../../../src/cloud/launch/launch.ts'
import { refresh } from '../../../src/cloud/ledger/refresh.ts'
import { parseInventory } from '../../../src/inventory/parse.ts'
import { groundIn, written } from '../../support/cloud-ground.ts'
import { MemoryCloud } from '../../support/memory-cloud.ts'
import { Killed } from '../../support/memory-machines.ts'
import { quickFolder } from '../../support/quick-folder.ts'

const test = suite('balancers')
const folder = quickFolder('balancers')
test.after(() => rmSync(folder, { recursive: true }))

const GROUP = 'arn:aws:elasticloadbalancing:eu-west-1:123456789012:targetgroup/slaves/0123456789abcdef'
const inventory = parseInventory(
  JSON.stringify({
    cloud: {
      aws: {
        cluster: 'dc1',
        type: 't3.small',
        subnets: ['subnet-a'],
        securityGroups: ['sg-1'],
        balancers: [GROUP, { classic: 'old' }],
      },
    },
    hosts: { 's-1..2': { cloud: true, roles: [] }, db: { cloud: { balancers: [] }, roles: [] } },
  }),
  { path: join(folder, 'inventory.json'), roles: new Map() },
)
const BOTH = [GROUP, 'classic:old']

type Work = (ground: Ground, hosts: readonly Declared[]) => Promise<readonly CloudResult[]>
let stories = 0

function story() {
  const cloud = new MemoryCloud()
  const place = join(folder, String(++stories))
  const run = (work: Work): Promise<readonly CloudResult[]> => {
    const { transport } = cloud
    const given = { cluster: inventory, provider: cloud.provider(), transport, pace: 5, settling: 500 }
    return work(groundIn(place, given), declared(inventory.hosts))
  }
  const attached = () =>
    Object.fromEntries(Object.entries(written(place).ledger.hosts).map(([host, entry]) => [host, entry.attached]))
  const targets = () =>
    Object.fromEntries(
      [...cloud.targets].map(([key, of]) => [key, [...of].map(([id, { state }]) => `${id} ${state}`).sort()]),
    )
  const forget = (): void => rmSync(join(place, 'inventory.cloud.json'))
  return { cloud, run, attached, targets, forget }
}

const launching: Work = (ground, hosts) => launch(ground, hosts, false)
const balancing: Work = (ground, hosts) =>
  balance(
    ground,
    hosts.map(({ name }) => name),
  )
const stopping: Work = (ground, hosts) =>
  stop(ground, { hosts: hosts.filter(({ name }) => name === 's-1'), allow: [], dry: false })
const starting: Work = (ground, hosts) =>
  start(ground, { hosts: hosts.filter(({ name }) => name === 's-1'), allow: [], dry: false })
const ending: Work = (ground) => terminate(ground, { hosts: ['s-1'], allow: [], dry: false })

test('green hosts are attached once, and each is taken out before it stops or ends', async () => {
  const { cloud, run, attached, targets } = story()
  await run(launching)
  assert.equal(attached(), { db: undefined, 's-1': undefined, 's-2': undefined })
  const first = await run(balancing)
  assert.equal(
    first.map(({ host, outcome }) => [host, outcome]),
    [
      ['s-1', 'attached'],
      ['s-2', 'attached'],
    ],
  )
  assert.equal(attached(), { db: undefined, 's-1': BOTH, 's-2': BOTH })
  assert.equal(targets(), { [GROUP]: ['i-1 healthy', 'i-2 healthy'], 'classic:old': ['i-1 healthy', 'i-2 healthy'] })
  assert.equal(await run(balancing), [])
  await run(stopping)
  assert.equal(attached()['s-1'], [])
  assert.equal(targets()[GROUP], ['i-2 healthy'])
  await run(starting)
  assert.equal(attached()['s-1'], BOTH)
  assert.equal(targets()[GROUP], ['i-1 healthy', 'i-2 healthy'])
  await run(ending)
  assert.equal(targets()[GROUP], ['i-2 healthy'])
  assert.equal(cloud.lost, [])
})

test('a ledger that is lost is told by the balancers who their targets are', async () => {
  const { run, attached, forget } = story()
  const refreshing: Work = (ground) => refresh(ground, false)
  await run(launching)
  await run(refreshing)
  assert.equal(attached(), { db: undefined, 's-1': undefined, 's-2': undefined })
  await run(balancing)
  await run(stopping)
  forget()
  await run(refreshing)
  assert.equal(attached(), { db: undefined, 's-1': undefined, 's-2': BOTH })
})

test('a target that never gets healthy is said to be none, and the next run goes on', async () => {
  const { cloud, run, attached, targets } = story()
  await run(launching)
  cloud.sick.add('i-1')
  const [first] = await run((ground) => balance({ ...ground, patience: 100 }, ['s-1']))
  assert.is(first?.outcome, 'failed')
  assert.match(first?.text ?? '', /^i-1 as target of .* is still (initial|unhealthy)$/)
  assert.is(attached()['s-1'], undefined)
  cloud.sick.clear()
  await run(balancing)
  assert.equal(attached()['s-1'], BOTH)
  assert.equal(targets()[GROUP], ['i-1 healthy', 'i-2 healthy'])
})

test('a host that has nothing to serve yet becomes a target all the same, and it is said', async () => {
  const { cloud, run, attached } = story()
  await run(launching)
  cloud.sick.add('i-1')
  const warned: string[] = []
  const nobody = async () => new Map<string, string>()
  const service: Service = {
    out: nobody,
    back: nobody,
    idle: async (_, { name }) => (name === 's-1' ? ['haproxy: no app'] : []),
  }
  const tell: Ground['tell'] = (event) => void (event.event === 'warning' && warned.push(event.text))
  const green = ['s-1', 's-2']
  const results = await run((ground) => balance({ ...ground, service, tell, patience: 2000 }, green))
  assert.equal(
    results.map(({ outcome }) => outcome),
    ['attached', 'attached'],
  )
  assert.equal(attached(), { db: undefined, 's-1': BOTH, 's-2': BOTH })
  assert.equal(
    warned.filter((text) => text.includes('no requests')).map((text) => text.replace(/^\S+/, '')),
    Array(2).fill(' sends no requests to s-1 until it serves some (haproxy: no app)'),
  )
})

test('what was killed on its way goes on: nothing ends while it is a target', async () => {
  const both: Work = async (ground, hosts) => [...(await stopping(ground, hosts)), ...(await starting(ground, hosts))]
  const deaths = Array.from({ length: 23 }, (_, i) => [false, true].map((done) => ({ call: i + 2, done }))).flat()
  await Promise.all(
    deaths.map(async (death) => {
      const { cloud, run, attached, targets } = story()
      await run(launching)
      await run(balancing)
      cloud.revive()
      cloud.killAt = death
      await run(both).catch((error: unknown) => {
        if (!(error instanceof Killed)) throw error
      })
      await new Promise((resolve) => setTimeout(resolve, 50)) // what was under way meets the end as well
      cloud.revive()
      await run(starting)
      await run(balancing)
      const point = `${death.done ? 'after' : 'before'} call ${death.call}`
      assert.equal(targets()[GROUP], ['i-1 healthy', 'i-2 healthy'], point)
      assert.equal(attached()['s-1'], BOTH, point)
      assert.equal(cloud.lost, [], point)
    }),
  )
})

test('what a host waits for is a phrase, which a run shows as that', async () => {
  const one = story()
  await one.run(launching)
  await one.run(balancing)
  const phrases = new Set<string>()
  await one.run((ground, hosts) =>
    stopping(
      {
        ...ground,
        tell(event) {
          if (event.event !== 'step' || event.for === undefined) return
          assert.is(event.text, `waits for ${event.for}`)
          phrases.add(event.for)
        },
      },
      hosts,
    ),
  )
  assert.ok(phrases.has('slaves to release it (draining)'), [...phrases].join(', '))
})

test.run()
