import type { Carried } from '../balancing/chain.ts'
import { MarathonAwayError } from '../clients/marathon.ts'
import type { Definition, MarathonApp } from '../clients/marathon-answers.ts'
import { revealed } from './app/app-file.ts'
import { endsTooMany, handStep, mayEndAll, servingOf, takeHandStep } from './by-hand.ts'
import { carriedNow, halt, hold, leftAs, mustBeCarried, wholeAgain } from './chain.ts'
import { type Followed, type Following, follow } from './rollout/follow.ts'
import { still } from './rollout/other-deployments.ts'
import type { Look } from './rollout/progress.ts'
import type { Met } from './rollout/requests.ts'
import { LeftError, look, type Prober, pause, type Run } from './rollout/run.ts'
import { situation } from './rollout/situation.ts'
import type { Target } from './target.ts'

/** Sends a definition once. If Marathon does not confirm it, reads what Marathon has before sending again. */
async function send(
  run: Run,
  id: string,
  definition: Definition,
  before: MarathonApp | undefined,
  force: boolean,
  carried: Carried,
): Promise<MarathonApp> {
  for (;;) {
    try {
      const { version, deployment } = await run.cluster.marathon
        .changes(carried)
        .put(id, revealed(definition), { force })
      run.emit({ event: 'sent', version, deployment })
      return (await still(run, id)).app
    } catch (error) {
      if (!(error instanceof MarathonAwayError)) throw error
      run.emit({ event: 'away', says: error.message })
      await pause(run)
      const seen = await look(run, id)
      run.emit({ event: 'again' })
      if (error.sent && seen !== undefined && seen.app.version !== before?.version) return seen.app
    }
  }
}

/** The version to bring in. */
interface Incoming {
  readonly id: string
  readonly target: Target
  readonly before: MarathonApp | undefined
  readonly watch: Prober
  readonly beside: NonNullable<Following['beside']>
  /** Replaces a deployment that is under way. */
  readonly force: boolean
}

/** How far the version got. */
export interface BroughtIn {
  /** The app as it was last sent. */
  readonly sent: MarathonApp
  readonly followed: Followed
  /** Why it was left half-way. */
  readonly held?: string
}

/** Carries on a rollout that was halted, step by step. */
function byHand(run: Run, { id, target: { definition, name }, beside }: Incoming) {
  let last: Look | undefined
  return {
    async step(seen: Look): Promise<Met | undefined> {
      last = seen
      const met = await beside(seen)
      const next = met === undefined ? handStep(seen, Number(definition.instances)) : undefined
      const carried = next && (await carriedNow(run, definition))
      if (next !== undefined && carried !== undefined)
        await takeHandStep(run, id, seen, next, carried).catch((error) => {
          // Marathon may have accepted the step. The next look shows what is left to do.
          if (!(error instanceof MarathonAwayError)) throw error
        })
      return met
    },
    /** What is thrown instead of an error, if nobody carries it on: Marathon does not. */
    left: (error: unknown): unknown =>
      error instanceof LeftError && last !== undefined
        ? new LeftError(`stopped as asked: ${leftAs(name, last)} To go on, deploy again.`)
        : error,
  }
}

/**
 * Watches a rollout that Marathon carries out, for a leader that ends more old tasks than it may. Cuts it at once where
 * the next leader could end all.
 */
function guarded(run: Run, { id, target, before, beside }: Incoming): Incoming['beside'] {
  const instances = Number(target.definition.instances)
  const had = before === undefined ? 0 : servingOf({ app: before, now: situation(before, []) }).length
  const ends = (seen: Look): boolean => endsTooMany(seen, had, instances)
  const reason = 'a new leader of Marathon has ended tasks that served'
  return async (seen) => {
    const met = await beside(seen)
    if (met !== undefined) return met
    const planned = mayEndAll(seen, instances)
    if (!planned && (!ends(seen) || !ends(await still(run, id)))) return undefined
    const says = `${reason}: ${target.name} is carried on step by step, so that the next one ends none`
    if (!planned) run.emit({ event: 'back', says })
    return { reason, unserved: false, cut: true }
  }
}

/**
 * Sends a version and follows it. Holds the rollout while new tasks would get no requests, and halts it when a new
 * leader of Marathon ends more old tasks than it may, or could end all. Then carries it on by hand.
 */
export async function bringIn(run: Run, incoming: Incoming): Promise<BroughtIn> {
  const { id, target, before, watch: prober } = incoming
  const { definition, name } = target
  const sent = await send(run, id, definition, before, incoming.force, await mustBeCarried(run, definition))
  const hand = byHand(run, incoming)
  let halted = false
  let beside = guarded(run, incoming)
  for (;;) {
    const followed = await follow(run, { id, name, config: sent.configVersion, before, prober, beside }).catch(
      (error) => {
        throw halted ? hand.left(error) : error
      },
    )
    const settled = followed.ok && (!halted || followed.seen.app.instances === Number(definition.instances))
    if (settled || (!followed.ok && !followed.cut && !followed.held)) return { sent, followed }
    const seen = halted ? await still(run, id) : await halt(run, id)
    halted = true
    beside = hand.step
    if (followed.ok) {
      await hand.step(seen)
      await pause(run)
    } else if (followed.held) {
      const held = hold(run, name, followed.reason, seen)
      if ((await wholeAgain(run, definition, held)) === undefined) return { sent, followed, held }
    }
  }
}
