import type { Bench } from './bench.ts'
import { type Recipe, recipes } from './recipe.ts'
import { openShop } from './shop.ts'
import { shrink } from './shrink.ts'
import { stock } from './stock.ts'
import { NUMBERS } from './system.ts'

const BATCH = Math.floor(NUMBERS / 4)

/** The recipes that are on a host at one time, each with a place of its own. */
export const batchesOf = (all: readonly Recipe[]): readonly (readonly Recipe[])[] =>
  Array.from({ length: Math.ceil(all.length / BATCH) }, (_, i) =>
    all.slice(i * BATCH, (i + 1) * BATCH).map(({ parts }, place) => ({ place, parts })),
  )

/** Tries that many recipes, some on each host at once. @throws with the failing recipe, shrunk */
export async function tryRecipes(benches: readonly Bench[], count: number, seed: number): Promise<void> {
  console.error(`seed ${seed}`)
  const close = await openShop(
    (benches[0] as Bench).host.address.replace(/\d+$/, '1'),
    benches.map(({ host }) => host.name),
  )
  const batches = [...batchesOf(recipes(count, seed))]
  let tried = 0
  const failures: string[] = []
  const work = async (bench: Bench): Promise<void> => {
    await stock(bench.host)
    for (let batch = batches.shift(); batch !== undefined && failures.length === 0; batch = batches.shift()) {
      try {
        await bench.lives(batch)
        tried += batch.length
        console.error(`${tried} of ${count} recipes`)
      } catch (error) {
        console.error(`seed ${seed}, on ${bench.host.name}: ${(error as Error).message}`)
        const smallest = await shrink(bench, batch, error)
        failures.push(`seed ${seed}, on ${bench.host.name}, ${JSON.stringify(smallest)}: ${(error as Error).message}`)
      }
    }
  }
  try {
    await Promise.all(benches.map(work))
  } finally {
    await close()
  }
  if (failures.length > 0) throw new Error(failures.join('\n'))
}
