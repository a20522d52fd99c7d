import { message, sentence } from '../../lib/message.ts'
import type { Health } from '../../model/health.ts'
import { wasTarget } from '../../model/host.ts'
import type { Recipe } from '../../model/recipe.ts'
import { recipesOf } from '../../model/recipes-of.ts'
import type { Ending } from '../apply/outcome.ts'
import { type Context, isStopped } from '../context.ts'
import { type Around, converge } from '../converge.ts'
import type { HostRun } from '../host-run.ts'
import { deadlineOf, isPassed, notWell, waitUntil } from './gate.ts'
import { isRetired } from './retired.ts'
import { type Neighbours, wellAgain, wellBefore } from './well-again.ts'
import { canServe, type Member } from './whose-turn.ts'

/** Seconds that a member may take to serve as before after a step of its turn has failed. */
const AS_BEFORE = 30

/**
 * One member's turn: take it out of service if its recipes know how, apply all of its steps, bring it back, and wait
 * until it and everything that it may have pulled down is healthy.
 * @returns why the rest must not follow, if something went wrong.
 */
export async function takeTurn(
  run: HostRun,
  recipes: readonly Recipe[],
  before: readonly Member[],
  deadline: number,
  neighbours: Neighbours,
  context: Context,
): Promise<string | undefined> {
  const well = await wellBefore(run, recipes, neighbours)
  const serves = before.find((m) => m.name === run.name)?.health.down !== true
  const around: Around = {
    before: () => takeOut(run, recipes, context),
    failed: (ending) => backAsBefore(run, ending, context),
  }
  await converge(run, serves ? around : undefined)
  if (run.result !== undefined) {
    if (run.result.outcome === 'in-sync') return undefined
    return run.result.outcome === 'blocked'
      ? `${run.name} could not be taken out of service.`
      : `${run.name} did not come up after its change.`
  }
  const back = run.leaving.filter((r) => run.decision?.plan.rolls.includes(r.name) && run.takenOutBy(r) === undefined)
  const alone = waitsForOthers(run, recipes, before)
  let health = await waitUntil(
    run,
    recipes,
    alone ? 5 : deadline,
    context,
    (h) => isPassed(h, context) || (h.away === true && back.length > 0),
  )
  if (back.length > 0 && (isPassed(health, context) || health.away)) {
    try {
      await bringBack(run, back)
    } catch (error) {
      run.finish(
        'failed',
        `applied, but it is not back in service: ${sentence(message(error))} Run the same command again: what is owed is recorded.`,
      )
      return `${run.name} is not back in service.`
    }
    health = await waitUntil(run, recipes, deadline, context)
  }
  if (isPassed(health, context) || alone) {
    const broken = await wellAgain(run, well, context)
    if (broken !== undefined) {
      run.finish('failed', `applied, but ${broken}`)
      return `${run.name} has had its turn, and ${broken}. Run the same command again to continue.`
    }
    const apart = await join(run, context)
    if (apart !== undefined) {
      run.finish('failed', `applied, but ${apart}`)
      return `${run.name} has had its turn, and gets no clients.`
    }
    run.finish('changed', health.green || alone ? undefined : health.says)
    return undefined
  }
  run.finish('failed', notWell(health, deadline, context))
  return `${run.name} did not come up after its change.`
}

/** Makes the balancers stop sending clients to the host. @throws Error if they do not, or nothing here can tell them */
async function leaveFront(run: HostRun, { front }: Context): Promise<void> {
  if (!front && wasTarget(run.host))
    throw new Error(
      'it is a target of load balancers, which this program cannot tell to let it go: run provision, or pass "front" to apply',
    )
  await front?.leave(run.host, run.turn().say)
}

/** Makes the balancers send clients to the host again. @returns why not */
const join = async (run: HostRun, { front }: Context): Promise<string | undefined> =>
  (run.host.retire ? undefined : front)?.join(run.host, run.turn().say).then(
    () => undefined,
    (error) => `balancers do not send to it again: ${sentence(message(error))} Run the same command again`,
  )

/** In a quorum that had lost its majority, a member cannot become green before more members have had their turns. */
function waitsForOthers(run: HostRun, recipes: readonly Recipe[], before: readonly Member[]): boolean {
  if (recipes.some((r) => r.rolling?.unavailable !== undefined)) return false
  const green = before.filter((m) => m.name !== run.name && m.health.green).length
  return (
    !canServe(green + 1, before.length) &&
    before.some((m) => m.turn === 'todo' && m.name !== run.name && !m.health.green)
  )
}

/**
 * Takes the member out of service for the recipes whose services its steps interrupt. If that fails, brings it back and
 * blocks it.
 */
async function takeOut(run: HostRun, recipes: readonly Recipe[], context: Context): Promise<void> {
  const touched = recipes.filter((r) => run.interrupts(r) && run.drains(r))
  const marked: Recipe[] = []
  try {
    if (run.isInterrupted || recipes.some((r) => r.rolling?.facesClients && run.interrupts(r)))
      await leaveFront(run, context)
    for (const recipe of touched) {
      if (recipe.rolling?.after !== undefined) {
        await run.markAway(recipe)
        marked.push(recipe)
      }
      await recipe.rolling?.before?.(run.turn())
    }
    if (!isStopped(context)) return run.plan.decided.resources.some(isRetired) ? await sayGoodbye(run) : undefined
    await bringBack(run, marked)
    await context.front?.join(run.host, run.turn().say)
    run.finish('blocked', 'stopped as asked, before its turn. It is back in service.')
  } catch (error) {
    const back = async (): Promise<void> => {
      await bringBack(run, marked)
      await context.front?.join(run.host, run.turn().say)
    }
    const still = await back().then(
      () => 'It is back in service',
      (e) => `It is not back in service yet (${message(e)}): run the same command again, it is recorded`,
    )
    run.finish('blocked', `${sentence(message(error))} ${still}, and nothing was changed on this host.`)
  }
}

/** A host that is to leave says goodbye to the others, in reverse order of its units' start. This cannot be undone. */
async function sayGoodbye(run: HostRun): Promise<void> {
  try {
    const recipes = recipesOf(run.host, run.context.cluster.roles)
    for (const { farewell } of recipes.toReversed()) await farewell?.leave?.(run.turn())
  } catch (error) {
    run.finish(
      'failed',
      `it is out of service, and could not leave: ${sentence(message(error))} Run the same command again.`,
    )
  }
}

/**
 * After a failed step, brings back a member that serves as before (its steps did not reach what it runs with, or were
 * reverted), rather than leave it out of service.
 */
async function backAsBefore(run: HostRun, ending: Ending, context: Context): Promise<Ending> {
  const away = run.leaving.filter((r) => run.interrupts(r))
  const owed = (ending.more?.owed ?? []).filter((unit) => !away.some(({ name }) => name === unit))
  if (away.length === 0) return ending
  const serves = (health: Health) => isPassed(health, context) || health.away === true
  if (!serves(await waitUntil(run, away, Math.min(AS_BEFORE, deadlineOf(away)), context, serves))) return ending
  try {
    await bringBack(run, away)
    return {
      ...ending,
      reason: `${ending.reason} It is back in service, as it was before.`,
      more: { ...ending.more, owed },
    }
  } catch (error) {
    return { ...ending, reason: `${ending.reason} It is not back in service yet: ${sentence(message(error))}` }
  }
}

/** Brings the member back, unless a user keeps it out of service. */
async function bringBack(run: HostRun, recipes: readonly Recipe[]): Promise<void> {
  for (const recipe of recipes) {
    // a run that could not take the member out leaves nothing behind
    if (run.takenOutBy(recipe) === undefined && (await run.isHeld(recipe))) continue
    await recipe.rolling?.after?.(run.turn())
    await run.markBack(recipe)
  }
}
