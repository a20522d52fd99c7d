import type { Carried } from '../balancing/chain.ts'
import { MarathonAwayError } from '../clients/marathon.ts'
import type { Definition, MarathonApp } from '../clients/marathon-answers.ts'
import { revealed } from './app/app-file.ts'
import { hold, mustBeCarried, wholeAgain } from './chain.ts'
import { type Followed, type Following, follow } from './rollout/follow.ts'
import { still } from './rollout/other-deployments.ts'
import { look, type Prober, pause, type Run } from './rollout/run.ts'
import { again, settleOf } from './rollout/situation.ts'
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

/**
 * Sends a version and follows it. Holds the rollout while new tasks would get no requests, then sends the version
 * again.
 */
export async function bringIn(run: Run, incoming: Incoming): Promise<BroughtIn> {
  const { id, target, before, watch: prober, beside } = incoming
  const { definition, name } = target
  let sent = await send(run, id, definition, before, incoming.force, await mustBeCarried(run, definition))
  for (;;) {
    const followed = await follow(run, { id, name, config: sent.configVersion, before, prober, beside })
    if (followed.ok || !followed.held) return { sent, followed }
    const held = await hold(run, id, name, followed.reason)
    const carried = await wholeAgain(run, definition, held)
    if (carried === undefined) return { sent, followed, held }
    const { app } = await still(run, id)
    const instances = Number(definition.instances)
    // Marathon ignores an identical definition, so each attempt adds or removes our label.
    const anew = again(definition, instances, settleOf(app) === undefined ? instances : undefined)
    sent = await send(run, id, anew, app, true, carried)
  }
}
