import { setTimeout as sleep } from 'node:timers/promises'
import { timeLimit } from '../../lib/wait/time-limit.ts'
import type { Health } from '../../model/health.ts'
import type { Recipe } from '../../model/recipe.ts'
import { type Context, isStopped } from '../context.ts'
import type { HostRun } from '../host-run.ts'

/** How often a waiting gate asks for health, in milliseconds. */
const POLL = 500
/**
 * Milliseconds for which a token or a login may be refused: a Consul agent remembers for 30 s that a token did not
 * exist.
 */
const REFUSED = 40_000
/** Seconds that a component may take to become healthy after a change, unless its recipe says otherwise. */
export const DEADLINE = 120

/**
 * While a gate waits in a stage, the host that leaves is made to hand over again after each sixth of the time: the
 * leader may have failed meanwhile, and the others have elected the one that leaves, whom no member follows that has
 * been told of it.
 */
const HANDS_OVER = 6

/** The longest deadline of these recipes, in seconds. */
export const deadlineOf = (recipes: readonly Recipe[]): number =>
  recipes.length === 0 ? DEADLINE : Math.max(...recipes.map((r) => r.rolling?.deadline ?? DEADLINE))

/**
 * Has the host done all that it can? True also if it is red only because of hosts outside the run, since waiting for
 * those is pointless.
 */
export const isPassed = (health: Health, { cluster, hosts }: Context): boolean => {
  const { green, waitsFor } = health
  return green || (waitsFor !== undefined && !cluster.withRecipe(waitsFor).some(({ name }) => hosts.has(name)))
}

/**
 * Polls the health of the host's components until it is `enough` (default: the gate is passed), `seconds` have passed,
 * the run is stopped, or a token or login has been refused for too long; reports each change of what it waits for.
 */
export async function waitUntil(
  run: HostRun,
  recipes: readonly Recipe[],
  seconds: number,
  context: Context,
  enough: (health: Health) => boolean = (health) => isPassed(health, context),
): Promise<Health> {
  const isLast = timeLimit(seconds * 1000, context.now)
  const again = (): number => context.now() + (seconds * 1000) / HANDS_OVER
  let handsOver = again()
  let said: string | undefined
  let refused: number | undefined
  for (;;) {
    const last = isLast()
    const health = await run.health(recipes)
    if (health.says !== said && recipes.length > 0) {
      said = health.says
      context.emit({
        event: 'gate',
        host: run.name,
        recipe: recipes.map((r) => r.name).join(', '),
        green: health.green,
        says: health.says,
      })
    }
    const now = context.now()
    refused = health.variable === undefined ? undefined : (refused ?? now)
    if (enough(health) || now - (refused ?? now) >= REFUSED || isStopped(context)) return health
    if (context.handOver !== undefined && now >= handsOver) {
      await context.handOver()
      handsOver = again()
      continue
    }
    if (last) return health
    await sleep(POLL, undefined, { signal: AbortSignal.any([context.signal, context.leave]) }).catch(() => undefined)
  }
}

/** What to report if a host is not green within `seconds` after its apply. */
export const notWell = (health: Health, seconds: number, context: Context): string =>
  health.variable === undefined || isStopped(context)
    ? `applied, but unhealthy ${isStopped(context) ? 'when the run was stopped' : `after ${seconds} s`}: ${health.says}`
    : `applied, but ${health.says}. Run the same command again when that is put right`
