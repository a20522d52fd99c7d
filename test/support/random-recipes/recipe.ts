import { join } from '../../../src/shell/script.ts'
import { fc } from '../checks.ts'
import { accounts } from './accounts.ts'
import { daemons } from './daemons.ts'
import { edits } from './edits.ts'
import { files } from './files.ts'
import { machine } from './machine.ts'
import { packages } from './packages.ts'
import type { Choice, Kind, Part } from './part.ts'
import { system } from './system.ts'
import { units } from './units.ts'

const KINDS: Readonly<Record<string, Kind>> = {
  ...files,
  ...edits,
  ...accounts,
  ...units,
  ...packages,
  ...system,
  ...machine,
  ...daemons,
}

/** A part as plain data: printed on failure, so that it can be run again. */
export interface Seed {
  readonly kind: string
  /** Its properties: each number chooses one. */
  readonly like: readonly number[]
  /** The manual changes, in this order. */
  readonly broken: readonly number[]
}

/** A recipe as plain data. No two concurrent ones have the same place. */
export interface Recipe {
  readonly place: number
  readonly parts: readonly Seed[]
}

const seed: fc.Arbitrary<Seed> = fc.record({
  kind: fc.constantFrom(...Object.keys(KINDS)),
  like: fc.array(fc.nat(59), { minLength: 8, maxLength: 8 }),
  broken: fc.array(fc.nat(59), { minLength: 1, maxLength: 3 }),
})

/** Small recipes. */
export const recipes = (count: number, from: number): readonly Recipe[] =>
  fc
    .sample(fc.array(seed, { minLength: 2, maxLength: 4 }), { numRuns: count, seed: from })
    .map((parts, place) => ({ place, parts }))

/** The parts of a recipe, generated from its data. */
export const partsOf = ({ place, parts }: Recipe): readonly Part[] =>
  parts.map(({ kind, like }, i) => {
    let next = 0
    const pick: Choice['pick'] = (...options) => options[(like[next++] ?? 0) % options.length]
    const make = KINDS[kind]
    if (make === undefined) throw new Error(`there is no kind ${kind}`)
    const first = !parts.slice(0, i).some((part) => part.kind === kind)
    return make({ where: `r${place}p${i}`, number: place * 4 + i, place, first, pick })
  })

/** The manual changes to a recipe. */
export const breakage = (recipe: Recipe): string =>
  join(
    partsOf(recipe).flatMap(({ breaks }, i) =>
      (recipe.parts[i] as Seed).broken.flatMap((n) => breaks[n % breaks.length] ?? []),
    ),
  ).text
