/** Random recipes have no mistakes of their own: whatever fails on a host is the program's fault. */
import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { compiled } from '../decided.ts'
import { seed } from '../random.ts'
import { partsOf, recipes } from './recipe.ts'
import { openShop } from './shop.ts'
import { batchesOf } from './try.ts'

const test = suite('random recipes without hosts')

const close: { shop?: () => Promise<void> } = {}
test.before(async () => {
  close.shop = await openShop('127.0.0.1', [])
})
test.after(() => close.shop?.())

for (const from of [20261129, 314159265, 271828182, seed()])
  test(`seed ${from}`, () => {
    for (const batch of batchesOf(recipes(200, from)))
      for (const which of ['resources', 'gone'] as const) {
        const all = batch.flatMap((recipe) => partsOf(recipe).flatMap((part) => part[which]))
        try {
          compiled(all)
        } catch (error) {
          assert.unreachable(`${(error as Error).message}: ${JSON.stringify(batch)}`)
        }
      }
  })

test.run()
