import type { Cluster, Recipe } from '../../model/recipe.ts'
import { STATE_DIR } from '../../shell/paths.ts'
import { sh } from '../../shell/script.ts'
import type { Context } from '../context.ts'
import type { HostRun } from '../host-run.ts'
import { deadlineOf, isPassed, notWell, waitUntil } from './gate.ts'
import { canServe } from './whose-turn.ts'

/** The mark of a host that has not been healthy since it was applied; it outlives the run that waited in vain. */
const MARK = `${STATE_DIR}/not-well-yet`

const mark = (run: HostRun): Promise<string> => run.turn().net.read(sh`mkdir -p -m 700 ${STATE_DIR}; : >${MARK}`)
const unmark = (run: HostRun): Promise<string> => run.turn().net.read(sh`rm -f ${MARK}`)
const isMarked = async (run: HostRun): Promise<boolean> =>
  (await run
    .turn()
    .net.read(sh`! [ -e ${MARK} ] || echo marked`)
    .catch(() => '')) !== ''

/**
 * After hosts were applied side by side, waits until the components of each are healthy, before the next wave starts.
 */
export async function passGate(run: HostRun, runs: readonly HostRun[], context: Context): Promise<void> {
  if (run.result !== undefined) return
  const recipes = gatesOf(run, runs, context.cluster)
  if (recipes.length === 0) return run.finish('changed')
  const seconds = deadlineOf(recipes)
  let health = await waitUntil(run, recipes, 0, context)
  if (!isPassed(health, context)) {
    await mark(run).catch(() => undefined) // an unreachable host has failed anyway
    health = await waitUntil(run, recipes, seconds, context)
  }
  if (!isPassed(health, context)) return run.finish('failed', notWell(health, seconds, context))
  await unmark(run).catch(() => undefined)
  run.finish('changed', health.green ? undefined : health.says)
}

/**
 * Finds a host of earlier waves that has not been healthy since an earlier run applied it, and that this run does not
 * change. It gets its usual time to recover. A host that was healthy once does not block: a later wave may be what
 * repairs it.
 */
export async function neverWell(
  earlier: readonly HostRun[],
  runs: readonly HostRun[],
  context: Context,
): Promise<string | undefined> {
  const reasons = earlier
    .filter(({ result }) => result?.outcome === 'in-sync')
    .map(async (run) => {
      const recipes = gatesOf(run, runs, context.cluster)
      if (recipes.length === 0 || !(await isMarked(run))) return undefined
      const health = await waitUntil(run, recipes, deadlineOf(recipes), context)
      if (!isPassed(health, context)) return `${run.name}, which has not been well since it was changed: ${health.says}`
      await unmark(run)
      return undefined
    })
  return (await Promise.all(reasons)).find((reason) => reason !== undefined)
}

const gatesOf = (run: HostRun, runs: readonly HostRun[], cluster: Cluster): readonly Recipe[] =>
  run.watched.filter((recipe) => coveredBy(recipe, runs, cluster))

/**
 * Does this run include enough members of a quorum for it to serve? If not, their health says nothing yet: the other
 * members come in another run.
 */
function coveredBy(recipe: Recipe, runs: readonly HostRun[], cluster: Cluster): boolean {
  if (recipe.rolling === undefined || recipe.rolling.unavailable !== undefined) return true
  const members = cluster.withRecipe(recipe.name)
  const here = members.filter((m) =>
    runs.some(
      (run) =>
        run.name === m.name &&
        (run.result === undefined || run.result.outcome === 'in-sync' || run.result.outcome === 'changed'),
    ),
  )
  return canServe(here.length, members.length)
}
