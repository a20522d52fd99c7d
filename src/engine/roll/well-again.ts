import { setTimeout as sleep } from 'node:timers/promises'
import { timeLimit } from '../../lib/wait/time-limit.ts'
import type { Recipe } from '../../model/recipe.ts'
import { type Context, isStopped } from '../context.ts'
import type { HostRun } from '../host-run.ts'
import { deadlineOf, isPassed } from './gate.ts'

/** Milliseconds between two checks. */
const POLL = 1000
/**
 * How many checks in a row must find everything healthy: what depends on a member may fail some seconds after it (an
 * expiring session) and look healthy until then.
 */
const STEADY = 4

/** A component on a host. */
export interface Component {
  readonly run: HostRun
  readonly recipe: Recipe
}

/** What a turn may affect beside the member itself: for each of its recipes that rolls, all members. */
export type Neighbours = (run: HostRun) => readonly Component[]

/**
 * What is healthy before a member's turn and may be pulled down by it: everything on its host, and its neighbours.
 * Leaves out the components of `rolled`, which are checked between the turns anyway.
 */
export async function wellBefore(
  run: HostRun,
  rolled: readonly Recipe[],
  neighbours: Neighbours,
): Promise<readonly Component[]> {
  const other = ({ recipe }: Component): boolean =>
    recipe.health !== undefined && !rolled.some(({ name }) => name === recipe.name)
  const own = run.watched.map((recipe) => ({ run, recipe }))
  const near = neighbours(run).filter((each) => each.run !== run)
  const asked = [...own, ...near]
    .filter(other)
    .map(async (each) => ({ each, health: await each.run.health([each.recipe]) }))
  return (await Promise.all(asked)).filter(({ health }) => health.green).map(({ each }) => each)
}

/**
 * Waits until everything that was healthy before a member's turn is healthy again; only then does the turn end.
 * @returns what is not, and why; `undefined` if everything is, or the run is stopped
 */
export async function wellAgain(
  turn: HostRun,
  before: readonly Component[],
  context: Context,
): Promise<string | undefined> {
  if (before.length === 0) return undefined
  const seconds = deadlineOf(before.map(({ recipe }) => recipe))
  const isLast = timeLimit(seconds * 1000, context.now)
  let steady = 0
  let said = ''
  for (;;) {
    const last = isLast()
    const asked = before.map(async (each) => ({ ...each, health: await each.run.health([each.recipe]) }))
    const red = (await Promise.all(asked)).filter(({ health }) => !isPassed(health, context))
    const names = red
      .map(({ run, recipe }) => `${run.name === turn.name ? '' : `${run.name} `}${recipe.name}`)
      .join(', ')
    steady = red.length === 0 ? steady + 1 : 0
    if (steady === STEADY || isStopped(context)) return undefined
    if (red.length > 0 && last) {
      const why = red.map(({ run, recipe, health }) => `${recipe.name} on ${run.name} (${health.says})`).join(', ')
      return `what was healthy before its turn is still unhealthy after ${seconds} s: ${why}`
    }
    if (names !== said && names !== '') context.emit({ event: 'waiting', host: turn.name, for: `${names} to recover` })
    said = names
    await sleep(POLL, undefined, { signal: AbortSignal.any([context.signal, context.leave]) }).catch(() => undefined)
  }
}
