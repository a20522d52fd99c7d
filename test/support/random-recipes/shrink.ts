import type { Bench } from './bench.ts'
import type { Recipe } from './recipe.ts'

/** How many milliseconds shrinking may take. */
const PATIENCE = 120_000

/** The phase of a failure. */
const phase = (error: unknown): string => (error as Error).message.split(':', 1).join()

/** Shrinks a failing batch for as long as it fails in the same phase on a new machine. */
export async function shrink(bench: Bench, batch: readonly Recipe[], first: unknown): Promise<readonly Recipe[]> {
  const fails = async (some: readonly Recipe[]): Promise<boolean> => {
    await bench.renew()
    return bench.lives(some).then(
      () => false,
      (error: unknown) => phase(error) === phase(first),
    )
  }
  const until = performance.now() + PATIENCE
  let smallest = batch
  const tries = function* (from: readonly Recipe[]): Generator<readonly Recipe[]> {
    if (from.length > 1) for (const recipe of from) yield [recipe]
    else
      for (const recipe of from)
        for (const i of recipe.parts.keys()) {
          if (recipe.parts.length > 1) yield [{ ...recipe, parts: recipe.parts.filter((_, j) => j !== i) }]
          const { broken = [] } = recipe.parts[i] ?? {}
          if (broken.length > 1)
            for (const n of broken)
              yield [{ ...recipe, parts: recipe.parts.map((part, j) => (j === i ? { ...part, broken: [n] } : part)) }]
        }
  }
  for (let smaller = true; smaller; ) {
    smaller = false
    for (const some of tries(smallest)) {
      if (performance.now() > until) return smallest
      if (!(await fails(some))) continue
      smallest = some
      smaller = true
      break
    }
  }
  return smallest
}
