import { rmSync } from 'node:fs'
import { join } from 'node:path'
import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { start, stop } from '../../src/cloud/ending/power.ts'
import { terminate } from '../../src/cloud/ending/terminate.ts'
import type { CloudResult } from '../../src/cloud/events.ts'
import type { Ground } from '../../src/cloud/ground.ts'
import { type Declared, declared, launch } from '../../src/cloud/launch/launch.ts'
import { refresh } from '../../src/cloud/ledger/refresh.ts'
import { CloudError, TAG } from '../../src/cloud/provider.ts'
import { parseInventory } from '../../src/inventory/parse.ts'
import { groundIn, written } from '../support/cloud-ground.ts'
import { Killed, MemoryCloud } from '../support/memory-cloud.ts'
import { quickFolder } from '../support/quick-folder.ts'

// Every command on instances is killed at each of its calls, before and after what that does. Whatever was left, the
// next run ends with one instance a host, none that is nobody's, and a ledger that says what the tags say.
const test = suite('killed at any point')
const folder = quickFolder('death')
test.after(() => rmSync(folder, { recursive: true }))

const inventory = (...names: readonly string[]) =>
  parseInventory(
    JSON.stringify({
      cloud: { aws: { cluster: 'dc1', type: 't3.small', subnets: ['subnet-a', 'subnet-b'], securityGroups: ['sg-1'] } },
      hosts: Object.fromEntries(names.map((name) => [name, { cloud: true, roles: [] }])),
    }),
    { path: join(folder, 'inventory.json'), roles: new Map() },
  )

type Create = ReturnType<MemoryCloud['provider']>['create']

/** How the cloud takes orders from now on, given how it took them before. @returns what ends that */
function orderedBy(cloud: MemoryCloud, how: (before: Create) => Create): () => void {
  const { provider } = cloud
  cloud.provider = () => {
    const whole = provider.call(cloud)
    return { ...whole, create: how((order) => whole.create(order)) }
  }
  return () => {
    cloud.provider = provider
  }
}

/** What happens to a machine as soon as it is made. @returns what ends that */
const onceMade = (cloud: MemoryCloud, happens: (machine: MemoryCloud['machines'][number]) => void): (() => void) =>
  orderedBy(cloud, (before) => async (order) => {
    const made = await before(order)
    cloud.machines.forEach(happens)
    return made
  })

type Work = (ground: Ground, hosts: readonly Declared[]) => Promise<readonly CloudResult[]>
let runs = 0

/** A place of its own for one story: a cloud, and what is written down of it. */
function story(...names: readonly string[]) {
  const cloud = new MemoryCloud()
  const place = join(folder, String(++runs))
  const cluster = inventory(...names)
  const run = (work: Work, of = cluster): Promise<readonly CloudResult[]> =>
    work(
      groundIn(place, { cluster: of, provider: cloud.provider(), transport: cloud.transport, settling: 500 }),
      declared(of.hosts),
    )
  const ledger = () => written(place).ledger.hosts
  return {
    cloud,
    run,
    ledger,
    forget: () => rmSync(place, { recursive: true }),
    journal: () => written(place).journal.hosts(),
  }
}

const launching: Work = (ground, hosts) => launch(ground, hosts, false)
const outcomes = (results: readonly CloudResult[]) => results.map(({ outcome }) => outcome)

/** How many calls a command takes after another has been done, when nothing kills it. */
async function calls(before: Work | undefined, work: Work): Promise<number> {
  const { cloud, run } = story('a', 'b')
  if (before) await run(before)
  cloud.revive()
  await run(work)
  return cloud.calls
}

/** Runs a command once for each point at which it can be killed, side by side. */
async function killed(
  before: Work | undefined,
  work: Work,
  then: (told: ReturnType<typeof story>, point: string) => Promise<void>,
) {
  const points = await calls(before, work)
  const deaths = Array.from({ length: points }, (_, i) => [false, true].map((done) => ({ call: i + 1, done }))).flat()
  await Promise.all(
    deaths.map(async (death) => {
      const told = story('a', 'b')
      if (before) await told.run(before)
      told.cloud.revive()
      told.cloud.killAt = death
      await told.run(work).then(
        () => {},
        (error: unknown) => {
          if (!(error instanceof Killed)) throw error
        },
      )
      await new Promise((resolve) => setTimeout(resolve, 50)) // what was under way meets the end as well
      told.cloud.revive()
      await then(told, `${death.done ? 'after' : 'before'} call ${death.call} of ${points}`)
    }),
  )
  return deaths.length
}

test('launch', async () => {
  const kills = await killed(undefined, launching, async ({ cloud, run, ledger, journal }, point) => {
    await run(launching)
    assert.equal(cloud.mistakes(['a', 'b'], ledger()), [], point)
    assert.equal(journal(), [], point)
  })
  assert.ok(kills >= 20, `${kills} kills`)
})

test('terminate', async () => {
  const ending: Work = (ground) => terminate(ground, { hosts: ['a', 'b'], allow: [], dry: false })
  await killed(launching, ending, async ({ cloud, run, ledger }, point) => {
    await run(ending)
    assert.equal(cloud.live(), [], point)
    assert.equal(ledger(), {}, point)
    await run(launching)
    assert.equal(cloud.mistakes(['a', 'b'], ledger()), [], point)
  })
})

test('stop, and start', async () => {
  const stopping: Work = (ground, hosts) => stop(ground, { hosts, allow: [], dry: false })
  const starting: Work = (ground, hosts) => start(ground, { hosts, allow: [], dry: false })
  const both: Work = async (ground, hosts) => [...(await stopping(ground, hosts)), ...(await starting(ground, hosts))]
  await killed(launching, both, async ({ cloud, run, ledger }, point) => {
    await run(stopping)
    assert.equal(
      Object.values(ledger()).map(({ state }) => state),
      ['stopped', 'stopped'],
      point,
    )
    await run(starting)
    assert.equal(
      Object.values(ledger()).map(({ state }) => state),
      ['running', 'running'],
      point,
    )
    assert.equal(cloud.mistakes(['a', 'b'], ledger()), [], point)
  })
})

test('a ledger that is lost is written anew from the tags', async () => {
  const { cloud, run, ledger, forget } = story('a', 'b')
  await run(launching)
  const before = ledger()
  forget()
  assert.equal(ledger(), {})
  await run((ground) => refresh(ground, false))
  assert.equal(ledger(), before)
  assert.equal(cloud.mistakes(['a', 'b'], ledger()), [])
})

test('only what the tags and the ledger both name is ended', async () => {
  const { cloud, run, ledger } = story('a', 'b')
  await run(launching)
  const smaller = inventory('a')
  const ending: Work = (ground) => terminate(ground, { allow: [], dry: false })
  const [other] = cloud.machines
  if (!other) throw new Error('none')
  cloud.machines.push({
    ...other,
    token: 'x',
    instance: { ...other.instance, id: 'i-9', tags: { ...other.instance.tags, [TAG.host]: 'c' } },
  })
  assert.equal(outcomes(await run(ending, smaller)), ['ended', 'refused'])
  assert.equal(
    cloud.live().map(({ tags }) => tags[TAG.host]),
    ['a', 'c'],
  )
  assert.equal(Object.keys(ledger()), ['a'])
})

/** What goes wrong in the cloud once, where it would make an instance; `made`: it has made it all the same. */
interface Trouble {
  readonly what: string
  readonly made: boolean
  readonly says: CloudError
}
const TROUBLES: readonly Trouble[] = [
  { what: 'it throttles', made: false, says: new CloudError('throttled', 'AWS throttles ec2:RunInstances') },
  { what: 'it throttles, and has taken the order', made: true, says: new CloudError('throttled', 'AWS throttles') },
  { what: 'the answer is lost', made: true, says: new CloudError('unreachable', 'AWS could not answer') },
  { what: 'the order is lost', made: false, says: new CloudError('unreachable', 'AWS cannot be reached') },
  { what: 'the quota is used up', made: false, says: new CloudError('quota', 'the account may have no more') },
  { what: 'the login has expired', made: false, says: new CloudError('credentials', 'AWS rejects your login') },
]
for (const { what, made, says } of TROUBLES)
  test(`an order where ${what}: it is said, and the next run ends with one instance`, async () => {
    const { cloud, run, ledger, journal } = story('a', 'b')
    const heal = orderedBy(cloud, (before) => async (order) => {
      if (made) await before(order)
      throw says
    })
    const first = await run(launching)
    assert.equal(
      first.map(({ outcome, text }) => [outcome, text]),
      [
        ['failed', says.message],
        ['failed', says.message],
      ],
    )
    heal()
    assert.equal(outcomes(await run(launching)), ['launched', 'launched'])
    assert.equal(cloud.mistakes(['a', 'b'], ledger()), [])
    assert.equal(journal(), [])
  })

test('one that never boots says why, and the next run makes another', async () => {
  const { cloud, run, ledger } = story('a')
  const heal = onceMade(cloud, (machine) => {
    machine.instance = { ...machine.instance, state: 'ended', reason: 'Client.VolumeLimitExceeded' }
  })
  const [result] = await run(launching)
  assert.is(result?.outcome, 'failed')
  assert.match(result?.text ?? '', /VolumeLimitExceeded/)
  heal()
  const again = await run(launching)
  assert.equal(outcomes(again), ['launched'], JSON.stringify(again))
  assert.equal(cloud.mistakes(['a'], ledger()), [])
})

test('one that the cloud takes away later, such as a spot instance, is replaced, in one command or after a look', async () => {
  for (const look of [false, true]) {
    const { cloud, run, ledger } = story('a', 'b')
    await run(launching)
    const [machine] = cloud.machines
    if (machine) machine.instance = { ...machine.instance, state: 'ended', reason: 'Server.SpotInstanceTermination' }
    if (look) assert.equal(outcomes(await run((ground) => refresh(ground, false))).sort(), ['gone', 'there'])
    assert.equal(outcomes(await run(launching)).sort(), ['launched', 'there'])
    assert.equal(cloud.mistakes(['a', 'b'], ledger()), [])
    assert.equal(
      Object.values(ledger())
        .map(({ generation }) => generation)
        .sort(),
      [1, 2],
    )
  }
})

test('where cloud-init fails, its words are said and the instance stays; ended by name, it is made anew', async () => {
  const { cloud, run, ledger } = story('a')
  cloud.cloudInit = 'failed\nno such package: curll'
  const [result] = await run(launching)
  assert.is(result?.outcome, 'failed')
  assert.match(result?.text ?? '', /^cloud-init failed on i-1, which stays to be looked at: no such package: curll/)
  assert.is(cloud.live().length, 1)
  cloud.cloudInit = 'booted'
  await run((ground) => terminate(ground, { hosts: ['a'], allow: [], dry: false }))
  assert.equal(outcomes(await run(launching)), ['launched'])
  assert.equal(cloud.mistakes(['a'], ledger()), [])
})

test('where one zone is full, the next is taken', async () => {
  const { cloud, run, ledger } = story('a')
  cloud.full.add('a')
  assert.equal(outcomes(await run(launching)), ['launched'])
  assert.equal(
    cloud.live().map(({ zone }) => zone),
    ['b'],
  )
  assert.equal(cloud.mistakes(['a'], ledger()), [])
})

test('where all are full, nothing is left behind, and the next run finds room', async () => {
  const { cloud, run, ledger, journal } = story('a')
  for (const zone of ['a', 'b']) cloud.full.add(zone)
  const [result] = await run(launching)
  assert.equal([result?.outcome, result?.text], ['failed', 'b is full'])
  assert.equal([cloud.live(), journal()], [[], []])
  cloud.full.clear()
  await run(launching)
  assert.equal(cloud.mistakes(['a'], ledger()), [])
})

test('a machine with another key at that address is told nothing, and stays', async () => {
  const { cloud, run } = story('a')
  onceMade(cloud, (machine) => {
    machine.key = 'ssh-ed25519 BBBB'
  })
  const work: Work = (ground, hosts) => launch(ground, hosts, false)
  const [result] = await run(work)
  assert.is(result?.outcome, 'failed')
  assert.match(result?.text ?? '', /^at 10\.0\.0\.1 a machine answers that is not i-1.*Nothing was sent to it/)
  assert.is(cloud.live().length, 1)
})

test.run()
