import { setTimeout as sleep } from 'node:timers/promises'
import type { Health } from '../../model/health.ts'
import type { Recipe } from '../../model/recipe.ts'
import { type Context, isStopped } from '../context.ts'
import type { HostRun } from '../host-run.ts'

/** How often health is asked while a gate waits, in milliseconds. */
const POLL = 500
/**
 * Milliseconds for which a token or a login may be refused: a Consul agent remembers for 30 s that there was no such
 * token.
 */
const REFUSED = 40_000
/** Seconds that a component may take to be well after a change, where its recipe does not say. */
export const DEADLINE = 120

/** The longest that any of these recipes may take, in seconds. */
export const deadlineOf = (recipes: readonly Recipe[]): number =>
  recipes.length === 0 ? DEADLINE : Math.max(...recipes.map((r) => r.rolling?.deadline ?? DEADLINE))

/**
 * Is all that its host can do done? Red only for what hosts do that are not part of the run: then nobody waits for
 * those.
 */
export const isPassed = (health: Health, { cluster, hosts }: Context): boolean => {
  const { green, waitsFor } = health
  return green || (waitsFor !== undefined && !cluster.withRecipe(waitsFor).some(({ name }) => hosts.has(name)))
}

/**
 * Asks until `enough` of the host's components' health (default: the gate is passed), or `seconds` have passed, or the
 * run is stopped, or a token or a login is refused for long; tells what it waits for whenever that changes.
 */
export async function waitUntil(
  run: HostRun,
  recipes: readonly Recipe[],
  seconds: number,
  context: Context,
  enough: (health: Health) => boolean = (health) => isPassed(health, context),
): Promise<Health> {
  const end = context.now() + seconds * 1000
  let said: string | undefined
  let refused: number | undefined
  for (;;) {
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
    if (enough(health) || now >= end || now - (refused ?? now) >= REFUSED || isStopped(context)) return health
    await sleep(POLL, undefined, { signal: AbortSignal.any([context.signal, context.leave]) }).catch(() => undefined)
  }
}

/** What is said of a host that was applied and is not green after `seconds`. */
export const notWell = (health: Health, seconds: number, context: Context): string =>
  health.variable === undefined || isStopped(context)
    ? `applied, but unhealthy ${isStopped(context) ? 'when the run was stopped' : `after ${seconds} s`}: ${health.says}`
    : `applied, but ${health.says}. Run the same command again when that is put right`
