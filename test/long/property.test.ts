/**
 * Random small recipes of all resource types on real hosts: applied twice, broken by hand, applied, booted, taken away.
 * `PROVISION_SEED=N` repeats a run, `PROVISION_RECIPES=200` tries more. What fails is made smaller and printed.
 */
import { suite } from 'uvu'
import { withHosts } from '../support/hosts.ts'
import { seed } from '../support/random.ts'
import { bench } from '../support/random-recipes/bench.ts'
import { tryRecipes } from '../support/random-recipes/try.ts'

const test = suite('random recipes')
const { box, host } = await withHosts(test, import.meta.url, [{ name: 'twelve' }, { name: 'thirteen', release: '13' }])

test('are in sync after everything', async () => {
  await tryRecipes(
    ['twelve', 'thirteen'].map((name) => bench(box, host(name))),
    Number(process.env.PROVISION_RECIPES ?? 48),
    seed(),
  )
})

test.run()
