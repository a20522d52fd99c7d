import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { settled } from '../../../src/engine/apply/verify.ts'
import type { Plan } from '../../../src/model/plan.ts'

const test = suite('what a step pulled down')

const PLAN = { host: 'a', steps: [], warnings: [], alsoInstalls: [], rolls: [] } satisfies Plan
const { signal } = new AbortController()

test('a look that takes longer than all the time it has is not the last one', async () => {
  let [clock, looks] = [0, 0]
  const look = async () => {
    clock += 3_600_000
    return { steps: [], resources: ++looks === 1 ? ['service app'] : [], owed: [] }
  }
  const seen = await settled(look, PLAN, { now: () => clock, signal, leave: signal })
  assert.equal([looks, seen.resources], [2, []])
})

test('the last look begins after the time is up', async () => {
  let [clock, looks] = [0, 0]
  const look = async () => {
    looks++
    clock += 3_600_000
    return { steps: [], resources: ['service app'], owed: [] }
  }
  const seen = await settled(look, PLAN, { now: () => clock, signal, leave: signal })
  assert.equal([looks, seen.resources], [2, ['service app']])
})

test.run()
