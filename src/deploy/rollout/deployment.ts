import { NONE_IS_MISSED } from '../../balancing/chain.ts'
import type { MarathonApp } from '../../clients/marathon-answers.ts'
import { timeLimit } from '../../lib/wait/time-limit.ts'
import { nameOf } from '../app/version.ts'
import { bringIn } from '../bring-in.ts'
import { mustBeCarried } from '../chain.ts'
import type { Finding } from '../check/rule.ts'
import type { DeployResult } from '../events.ts'
import { bringImage } from '../image/bring.ts'
import { mayHaveNone } from '../remove/in-use.ts'
import { type Target, targetOf, type Wanted } from '../target.ts'
import { judge } from './judge.ts'
import { awaitOtherDeployments, still, unfinished } from './other-deployments.ts'
import { type Met, requests } from './requests.ts'
import { rollBack } from './roll-back.ts'
import {
  deploymentsOf,
  firstLook,
  LeftError,
  look,
  type Prober,
  patiently,
  pause,
  prober,
  RefusedError,
  type Run,
} from './run.ts'
import { entranceOf } from './serving.ts'
import { verify } from './verify.ts'

/** A result without its times and findings. */
export type Ended = Pick<DeployResult, 'outcome' | 'reason' | 'words' | 'back' | 'instances' | 'probes'>

/** Rolls back a version that has failed. */
async function undo(
  run: Run,
  id: string,
  before: MarathonApp | undefined,
  failed: string,
  watch: Prober,
  unserved: boolean,
): Promise<Ended['back'] & { readonly says: string }> {
  if (before === undefined) {
    // With no version to go back to, tasks that keep failing serve nobody.
    await patiently(run, () => run.cluster.marathon.changes(NONE_IS_MISSED).scale(id, 0, { force: true }))
    const isLast = timeLimit(run.deadline, run.cluster.now)
    while ((await deploymentsOf(run, id)).length > 0 && !isLast()) await pause(run)
    return {
      done: true,
      healthy: 0,
      of: 0,
      says: `There was no version before: its tasks were stopped (instances is 0 now).`,
    }
  }
  const name = nameOf(before.definition, before.version)
  const goal = { definition: before.definition, instances: before.instances }
  const went = await rollBack(run, { id, failed, goal, name, prober: watch, unserved })
  const again = `${went.healthy} of ${went.of} healthy`
  const wrong = went.done ? await watch.wrong() : undefined
  const serves = wrong === undefined ? `serves again (${again}).` : `runs again (${again}), but ${wrong}.`
  const says = went.done
    ? `${name} ${serves}`
    : `${name} is not back yet (${again}): ${went.reason}. Run it again, or look with: provision status`
  return { done: went.done, healthy: went.healthy, of: went.of, says }
}

/** Finishes a rollback that somebody left half done. */
async function finish(
  run: Run,
  id: string,
  taken: boolean,
  only: string | undefined,
): Promise<'nothing' | 'finished' | 'arrived'> {
  const seen = await look(run, id)
  const left = seen && (await unfinished(run, seen, taken))
  if (!left) return 'nothing'
  const { name, goal } = left
  run.emit({ event: 'resuming', says: `a rollback to ${name} was left unfinished, and is completed first` })
  const watch = await prober(run.cluster.balancers, entranceOf(goal.definition))
  const went = await rollBack(run, { id, failed: seen.app.configVersion, goal, name, prober: watch })
  if (!went.done) throw new RefusedError(`the unfinished rollback to ${name} cannot be completed: ${went.reason}`)
  return only === name ? 'arrived' : 'finished'
}

/**
 * Makes sure that no deployment of the app is under way or half done. `force`: the deployment under way has no old
 * tasks to go back to, so it is replaced.
 */
async function clearWay(
  run: Run,
  id: string,
  wanted: Wanted,
): Promise<{ readonly left: Awaited<ReturnType<typeof finish>>; readonly force: boolean }> {
  const taken = await awaitOtherDeployments(run, id)
  const left = await finish(run, id, taken, 'to' in wanted ? wanted.to : undefined)
  return { left, force: taken && left === 'nothing' }
}

/** The outcome of a live app, including any HAProxies that do not send to it. */
function outcomeOf(name: string, wrong: readonly string[]): Pick<Ended, 'outcome' | 'reason'> {
  if (wrong.length === 0) return { outcome: 'live' }
  return { outcome: 'unserved', reason: `${name} is live, but\n${wrong.join('\n')}\nSee provision status.` }
}

const checked = async (run: Run, id: string, name: string): Promise<Pick<Ended, 'outcome' | 'reason'>> =>
  outcomeOf(name, (await verify(run, id)).wrong)

/** Brings a version in, and rolls it back if it fails. */
async function roll(run: Run, id: string, target: Target, force: boolean): Promise<Ended> {
  const before = (await look(run, id))?.app
  const served = [...(before?.tasks ?? []), ...(run.replaces?.tasks ?? [])]
  const watch = await prober(served.length > 0 ? run.cluster.balancers : [], entranceOf(target.definition))
  const ended = (end: Omit<Ended, 'instances'> & Partial<Ended>): Ended => ({
    instances: Number(target.definition.instances ?? 1),
    probes: watch.probes,
    ...end,
  })
  const met = await requests(run, id, target.name, watch)
  const { sent, followed, held } = await bringIn(run, { id, target, before, watch, beside: met.meanwhile, force })
  if (held !== undefined) return ended({ outcome: 'failed', reason: held })
  const unchanged = sent.version === before?.version
  const after = followed.ok ? await met.after() : undefined
  if (after !== undefined && (after.met === undefined || unchanged)) {
    const { outcome, ...why } = outcomeOf(target.name, [
      ...after.wrong,
      ...(after.met === undefined ? [] : [after.met.reason]),
    ])
    await watch.ask()
    // somebody else may have scaled the app meanwhile
    const { instances } = followed.ok ? followed.seen.app : { instances: Number(target.definition.instances) }
    return ended({ instances, outcome: outcome === 'live' && unchanged ? 'unchanged' : outcome, ...why })
  }
  const {
    reason,
    words,
    seen,
    unserved = false,
  } = followed.ok ? { ...(after?.met as Met), words: undefined, seen: followed.seen } : followed
  const said = words ? { words } : {}
  // Nothing to roll back: the app was like this before, or somebody else is changing it.
  if (unchanged || seen === undefined) return ended({ outcome: 'failed', reason, ...said })
  run.emit({ event: 'back', says: reason })
  if (before !== undefined && sent.configVersion === before.configVersion)
    return ended({ outcome: 'failed', reason: `${reason}. Marathon goes on trying: ${LOWER}`, ...said })
  const { says, ...back } = await undo(run, id, before, sent.configVersion, watch, unserved)
  return ended({ outcome: 'failed', reason: `${reason}.\n${says}`, ...said, back })
}

/** Why a stuck scaling is not simply reverted. */
export const LOWER =
  'a lower number would stop tasks that run before those that wait (seen on Marathon 1.11), so it is left to you; make room, or scale down when none waits.'

/** The names of the versions before and after a deployment. */
export interface Named {
  readonly from?: string
  readonly to: string
}

/**
 * Deploys: runs the checks, waits or refuses, completes an unfinished rollback, brings the image, sends the definition,
 * follows it, rolls back if it fails, and asks every HAProxy. It changes nothing until every possible check has passed.
 * @param named is called with the names of the versions as soon as they are known
 * @throws RefusedError, LeftError, MarathonAwayError, MarathonError
 */
export async function deployment(
  run: Run,
  wanted: Wanted,
  named: (names: Named) => void,
  note: (found: readonly Finding[]) => void,
): Promise<Ended> {
  const id = 'app' in wanted ? wanted.app.id : wanted.id
  const before = (await firstLook(run, id))?.app
  const target = await targetOf(run, wanted, before)
  const from = before && nameOf(before.definition, before.version)
  const instances = Number(target.definition.instances)
  named({ to: target.name, ...(from === undefined ? {} : { from }) })
  run.emit({
    event: 'begin',
    app: id,
    to: target.name,
    instances,
    ...(from === undefined ? {} : { from }),
    ...(before ? { before: before.instances } : {}),
    ...(run.replaces === undefined ? {} : { replaces: run.replaces.id }),
  })
  // While a deployment is under way, going to an older version may be the way to end it.
  if ('app' in wanted || before?.deployments.length === 0)
    note(await judge(run, target.definition, before, 'to' in wanted))
  await mayHaveNone(run, before, instances)
  await mustBeCarried(run, target.definition)
  const { left, ...first } = await clearWay(run, id, wanted)
  if (left === 'arrived')
    return { instances: (await still(run, id)).app.instances, ...(await checked(run, id, target.name)) }
  await bringImage(run, target.definition, target.image)
  if (run.signal.aborted) throw new LeftError('stopped as asked, before anything was sent to Marathon')
  // Bringing images takes minutes, in which somebody else may have started a deployment.
  const { force } = first.force || (await deploymentsOf(run, id)).length === 0 ? first : await clearWay(run, id, wanted)
  // Meanwhile somebody else may have scaled the app, or the number was that of a rollback that was half done.
  const sure = await targetOf(run, wanted, (await look(run, id))?.app)
  return roll(run, id, sure, force)
}
