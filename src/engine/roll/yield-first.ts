import { setTimeout as sleep } from 'node:timers/promises'
import { message } from '../../lib/message.ts'
import { timeLimit } from '../../lib/wait/time-limit.ts'
import type { Recipe } from '../../model/recipe.ts'
import { recipesOf } from '../../model/recipes-of.ts'
import { TransportError } from '../../transport/transport.ts'
import { type Context, isStopped } from '../context.ts'
import { HostRun } from '../host-run.ts'
import { deadlineOf } from './gate.ts'
import { mayBeGone } from './gone.ts'
import type { Stage } from './way.ts'

/** How often to check whether the obstacle is gone, in milliseconds. */
const POLL = 1000

/**
 * Prepares a stage, under the lock and when it breaks no activity: a leaving member hands over, or ends what must have
 * ended, before the others forget it; a quorum of one ends.
 * @returns why it did not
 */
export async function yieldFirst(
  { leaves, ends }: Pick<Stage, 'leaves' | 'ends'>,
  context: Context,
): Promise<string | undefined> {
  if (leaves !== undefined) {
    const recipes = recipesOf(leaves, context.cluster.roles)
    const yielding = recipes.filter(({ membership }) => membership?.yields !== undefined)
    const run = new HostRun(leaves, context)
    const work = async (): Promise<void> => {
      for (const { membership } of yielding) await membership?.yields?.(run.turn())
    }
    const why = await underLock(run, yielding, work)
    if (why !== undefined) return `${leaves.name}, which leaves, did not hand over: ${why}`
  }
  if (ends === undefined) return undefined
  const run = new HostRun(ends.host, context)
  const why = await underLock(run, [ends.recipe], async () => ends.recipe.membership?.anew?.end(run.turn()))
  return why === undefined ? undefined : `${ends.host.name} did not end what it has alone: ${why}`
}

/** Does work on a host under the conditions of a turn. @returns why not */
async function underLock(
  run: HostRun,
  recipes: readonly Recipe[],
  work: () => Promise<void>,
): Promise<string | undefined> {
  try {
    if (recipes.length > 0)
      await run.withLock(async () => {
        await whileNothingHolds(run, recipes, run.context)
        await work()
      })
    return undefined
  } catch (error) {
    return error instanceof TransportError && mayBeGone(run) ? undefined : message(error)
  } finally {
    await run.close()
  }
}

/** Waits until interrupting a member would break no activity. @throws Error after a while */
async function whileNothingHolds(run: HostRun, recipes: readonly Recipe[], context: Context): Promise<void> {
  const isLast = timeLimit(deadlineOf(recipes) * 1000, context.now)
  for (;;) {
    const last = isLast()
    const all = await Promise.all(recipes.map(({ rolling }) => rolling?.holds?.(run.turn())))
    const held = all.find((phrase) => phrase !== undefined)
    if (held === undefined) return
    if (isStopped(context)) throw new Error('stopped as asked')
    if (last && !context.wait) throw new Error(`${held} is under way. Let it end, or use --wait`)
    run.turn().say(`${held} to end`)
    await sleep(POLL, undefined, { signal: AbortSignal.any([context.signal, context.leave]) }).catch(() => undefined)
  }
}
