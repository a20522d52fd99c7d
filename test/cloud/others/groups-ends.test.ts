import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { terminate } from '../../../src/cloud/ending/terminate.ts'
import { Killed } from '../../support/memory-machines.ts'
import { story, TARGETS } from './group-story.ts'

const test = suite('ends in auto-scaling groups')

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
