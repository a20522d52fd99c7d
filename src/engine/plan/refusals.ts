import type { Net } from '../../model/health.ts'
import type { Host } from '../../model/host.ts'
import type { Plan, Step } from '../../model/plan.ts'
import type { Cluster, Recipe } from '../../model/recipe.ts'
import { recipeMistake, thrownBy } from '../../model/recipe-error.ts'
import type { Refusal } from '../../model/resource.ts'
import type { Decision } from './decide.ts'
import { compareToFile, type PlanFile } from './plan-file.ts'

/** A refusal as users read it: what, the way out, and how to waive it. */
const says = ({ refusal, reason, remedy, final }: Refusal): string =>
  `${reason} ${remedy}${final === true ? '' : ` (Or waive it: --allow ${refusal}.)`}`

/** What the resources of a plan refuse. */
export const byResources = ({ steps }: Plan): readonly string[] =>
  steps.flatMap(({ resource, refusal }) => (refusal === undefined ? [] : [`${resource}: ${says(refusal)}`]))

/** Why the plan may not be applied: it differs from the approved one, or its resources refuse. Empty if it may. */
export function byPlan(decision: Decision, approved: PlanFile | undefined): readonly string[] {
  const differences = approved === undefined ? [] : compareToFile(decision, approved)
  if (differences.length === 0) return byResources(decision.plan)
  return ['what would be done now is not what the plan file says. Review a new plan.', ...differences]
}

/** What a recipe refuses on a host. */
export interface RecipeRefusal {
  readonly recipe: string
  readonly says: string
  /** It holds for every host of the recipe. */
  readonly everywhere: boolean
}

/** What a host's recipes answered. */
export interface RecipeAnswer {
  readonly refusal: RecipeRefusal | undefined
  /** Another host's turn may remove the reason before this one's turn comes: then the recipe is asked again. */
  readonly open: boolean
}

/** Errors that a program throws because of a bug, rather than to refuse. */
const BLUNDERS = [TypeError, ReferenceError, RangeError, SyntaxError]

/** What a recipe refuses. @throws RecipeError if its code has a bug, or it does not return a list */
async function asked(
  recipe: Recipe,
  ask: () => ReturnType<NonNullable<Recipe['refuse']>> | undefined,
): Promise<readonly Refusal[]> {
  let refusals: unknown
  try {
    refusals = (await ask()) ?? []
  } catch (error) {
    throw BLUNDERS.some((kind) => error instanceof kind) ? thrownBy(recipe, error, 'refuse') : error
  }
  if (!Array.isArray(refusals))
    throw recipeMistake(recipe, 'refuse must return a list of refusals, [{ refusal, reason, remedy }, … ]')
  return refusals
}

/** The first refusal of a host's recipes that is not waived. */
export async function byRecipes(
  recipes: readonly Recipe[],
  {
    host,
    cluster,
    steps,
    net,
    allow,
    earlier,
  }: {
    host: Host
    cluster: Cluster
    steps: readonly Step[]
    net: Net
    allow: ReadonlySet<string>
    /** Hosts whose turns may come before this one. */
    earlier: ReadonlySet<string>
  },
): Promise<RecipeAnswer> {
  let open = false
  for (const recipe of recipes) {
    const turn = { host, cluster, net, allow, signal: new AbortController().signal, say: () => undefined }
    const refusals = await asked(recipe, () =>
      host.retire ? recipe.farewell?.refuse?.(turn) : recipe.refuse?.(host, cluster, steps, net),
    )
    const mayEnd = ({ endedBy }: Refusal) => endedBy?.every((name) => earlier.has(name)) === true
    open ||= refusals.some(mayEnd)
    const first = refusals.find((r) => !mayEnd(r) && (r.final === true || !allow.has(r.refusal)))
    if (first === undefined) continue
    const refusal = { recipe: recipe.name, says: `${recipe.name}: ${says(first)}` }
    return { refusal: { ...refusal, everywhere: first.everywhere === true }, open }
  }
  return { refusal: undefined, open }
}
