import { rmSync } from 'node:fs'
import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { start, stop } from '../../src/cloud/ending/power.ts'
import { terminate } from '../../src/cloud/ending/terminate.ts'
import { refresh } from '../../src/cloud/ledger/refresh.ts'
import { CloudError, TAG } from '../../src/cloud/provider.ts'
import { Killed } from '../support/memory-machines.ts'
import { folder, inventory, launching, orderedBy, outcomes, story, type Work } from './death-support.ts'

// Every command on instances is killed at each of its calls, before and after what that does. Whatever was left, the
// next run ends with one instance a host, none that is nobody's, and a ledger that says what the tags say.
const test = suite('killed at any point')

test.after(() => rmSync(folder, { recursive: true }))

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

test.run()
