import { setTimeout as sleep, setImmediate as turn } from 'node:timers/promises'
import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { healthOf, together } from '../../src/engine/health.ts'
import { defineRecipe } from '../../src/model/define-recipe.ts'
import type { InventoryHost } from '../../src/model/host.ts'
import { stack } from '../recipes/support.ts'
import { fakeNet } from '../support/fake-net.ts'
import { standStill } from '../support/stand-still.ts'

const test = suite('engine/health')
const green = { green: true, says: 'fine' }
const red = { green: false, says: 'broken' }
const outside = { green: false, outside: true, says: 'web has no usable server' }

for (const [what, all, wanted] of [
  ['all green', [green, green], { green: true, says: 'fine; fine' }],
  ['the only one, red', [red], { green: false, says: 'broken' }],
  ['one red', [green, red], { green: false, says: 'b: broken' }],
  ['two red', [red, red, green], { green: false, says: 'a: broken; b: broken' }],
  [
    'red for what it serves only: no run waits for that',
    [green, outside],
    { green: true, says: 'fine; web has no usable server' },
  ],
  ['red for both', [outside, red], { green: false, says: 'b: broken' }],
] as const) {
  test(`several components as one: ${what}`, () => {
    const { green, says } = together(all.map((health, i) => ['abc'.charAt(i), health]))
    assert.equal({ green, says }, wanted)
  })
}

const cluster = stack()
const asked = (health: () => Promise<typeof green>, timeout: number) => {
  const web = defineRecipe({ name: 'web', resources: () => [], health })
  return healthOf(web, cluster.hosts[0] as InventoryHost, cluster, fakeNet({}), (text) => text, timeout)
}

test('a component that does not answer in time is red', async () => {
  const never = () => new Promise<never>(() => undefined)
  assert.equal(await asked(never, 80), { green: false, says: 'web does not answer within 0.08 s' })
})

test('one whose answer came while this process stood still has answered', async () => {
  const answers = async () => {
    await sleep(100)
    for (let i = 0; i < 3; i++) await turn() // as an answer is read
    return green
  }
  const health = asked(answers, 6000)
  standStill(6500)
  assert.equal(await health, green)
})

test.run()
