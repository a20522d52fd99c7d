/**
 * The loop: what a run does with one host.
 *
 *     observe → plan → refuse → wait for the turn → apply → verify → record
 *
 * Each word is a folder beside this file or a method of {@link HostRun}. Fleets and turns: fleet.ts, roll/.
 */

import { message } from '../lib/message.ts'
import { there } from '../lib/user-error.ts'
import { changeText } from '../model/plan.ts'
import { recipesOf } from '../model/recipes-of.ts'
import type { Resource } from '../model/resource.ts'
import { applyScript } from './apply/apply-script.ts'
import { carryOut } from './apply/carry-out.ts'
import { type Ending, howItApplied } from './apply/outcome.ts'
import { rebootHost } from './apply/reboot-host.ts'
import { settled, verify } from './apply/verify.ts'
import type { HostRun } from './host-run.ts'
import { NotBegunError } from './link/errors.ts'
import { AGAIN } from './link/lasting-link.ts'
import type { Applied } from './link/session.ts'
import { type Decision, takesTurn } from './plan/decide.ts'
import { isMember } from './roll/away-mark.ts'
import { type RebootWish, rebootWish } from './roll/reboot.ts'

/** Observes a host and reports what differs. */
export const look = (run: HostRun): Promise<void> =>
  run.guarded(async () => {
    await run.observe()
    run.tellPlan()
  })

/** The end of `plan`: adds what else the package manager would install, and what would be refused without a waiver. */
export const endPlan = (run: HostRun, waived: readonly string[]): Promise<void> =>
  run.guarded(async () => {
    if (run.result !== undefined) return
    const probes = run.context.script ? { probes: run.plan.probes } : {}
    if (run.plan.inSync) return run.finish('in-sync', undefined, probes)
    await run.plan.foresee(run.over, run.turn())
    const script = run.context.script ? { ...probes, script: applyScript(run.plan.decided).shown } : {}
    const refused = await run.plan.refused(waived)
    run.finish(refused === undefined ? 'planned' : 'refused', refused, script)
  })

/** Checks before the first stage what the last stage would refuse. */
export const refuseAhead = (run: HostRun, waived: readonly string[]): Promise<void> =>
  run.guarded(async () => {
    if (run.gone !== undefined || run.plan.inSync) return
    const refused = await askedTwice(run, () => run.plan.refused(waived))
    if (refused !== undefined) run.finish('refused', refused)
  })

/** The start of `apply`: checks whether the plan may be applied at all, before anything changes on any host. */
export const mayApply = (run: HostRun): Promise<void> =>
  run.guarded(async () => {
    if (run.result !== undefined) return
    if (run.plan.inSync && run.context.approved === undefined) return run.finish('in-sync')
    endWhereNothingMayBeDone(run, await askedTwice(run, () => whyRefused(run, false)))
  })

/**
 * What refuses the steps, if it still does so with the host looked at again under the lock: at the first look, another
 * run may have been in the middle of its work, or systemd of a restart.
 */
async function askedTwice(run: HostRun, ask: () => Promise<string | undefined>): Promise<string | undefined> {
  let refused = await ask()
  if (refused !== undefined)
    await run.withLock(async () => {
      refused = run.plan.inSync ? undefined : await ask()
    })
  return refused
}

/** Why the steps may not be done: the approved plan, a resource or a recipe refuses them. */
async function whyRefused(run: HostRun, itsTurn: boolean): Promise<string | undefined> {
  const refused = run.plan.refusedByPlan()
  if (refused !== undefined || run.plan.inSync) return refused
  run.tellPlan() // if it has changed by now
  const wrong = await run.plan.wrongFiles()
  if (wrong !== undefined) return wrong
  return (await run.plan.refusedByRecipe([], itsTurn))?.says
}

/** Ends the host's run if its steps are refused, or there are none. */
function endWhereNothingMayBeDone(run: HostRun, refused: string | undefined): void {
  if (refused !== undefined) run.finish('refused', refused)
  else if (run.plan.inSync) run.finish('in-sync')
}

/** What a member's turn does before and after its steps. */
export interface Around {
  /** Runs before the first step, when nothing can refuse the plan any more. */
  before(): Promise<void>
  /** Runs after a step has failed, and returns the resulting ending. */
  failed(ending: Ending): Promise<Ending>
}

/**
 * Applies what differs and observes the host again. If the run does not hold the lock yet, takes it and observes the
 * host under it. If all went well, the result stays open, because the gate comes first. It also stays open, with
 * nothing done, if the lock was just taken and the host turns out to need a turn (`decision.plan.rolls`).
 */
export const converge = (run: HostRun, around?: Around): Promise<void> =>
  run.guarded(() =>
    run.withLock(async (taken) => {
      let looked = taken === 'now'
      await run.patiently(async () => {
        run.phase = 'observing'
        if (!looked) await run.observeAgain()
        looked = false
        await untilBegun(run, () => convergeUnderLock(run, taken === 'before', around))
      })
    }),
  )

/**
 * Does work again, with the lock taken and the host looked at anew, if the link was lost before the host began its
 * script.
 */
async function untilBegun(run: HostRun, work: () => Promise<void>): Promise<void> {
  for (let again = 0; ; again += 1) {
    try {
      return await work()
    } catch (error) {
      if (!(error instanceof NotBegunError) || again === AGAIN) throw error
      run.phase = 'observing'
      await run.takeLock()
    }
  }
}

const STOPPED = 'stopped as asked, before its turn'

async function convergeUnderLock(run: HostRun, itsTurn: boolean, around?: Around): Promise<void> {
  if (run.context.signal.aborted) return run.finish('blocked', STOPPED)
  endWhereNothingMayBeDone(run, await whyRefused(run, true))
  if (run.result !== undefined) return
  if (!itsTurn && takesTurn(run.plan.decided)) return
  for (const { farewell } of recipesOf(run.host, run.context.cluster.roles))
    await farewell?.replaces?.(run.turn(), run.plan.decided.plan.steps)
  if (run.context.signal.aborted) return run.finish('blocked', STOPPED)
  await around?.before()
  if (run.result !== undefined) return
  const { decided } = run.plan
  const booting = wishOf(decided)
  if (booting === undefined || decided.resources.some((r) => !isMember(r) && !isReboot(r)))
    await applyAndVerify(run, around)
  if (run.result !== undefined || !decided.resources.some(({ type }) => type.interruptsHost)) return
  // the steps may have made a reboot necessary
  const boot = booting ?? wishOf(await run.lookAfter())
  if (boot !== undefined) await bootAndVerify(run, boot)
}

const isReboot = (resource: Resource): boolean => rebootWish(resource) !== undefined
const wishOf = ({ resources }: Decision): RebootWish | undefined =>
  resources.flatMap((resource) => rebootWish(resource) ?? [])[0]

/** Reboots the host, and verifies it if the reboot had a reason. */
async function bootAndVerify(run: HostRun, { ifNeeded, within }: RebootWish): Promise<void> {
  const { context, plan, name } = run
  const { steps } = plan.decided.plan
  // a reboot that only became necessary during this turn comes after the planned steps
  const planned = steps.findIndex(({ type }) => type === 'reboot')
  const index = planned < 0 ? steps.length : planned
  const of = Math.max(steps.length, index + 1)
  const began = context.now()
  const ms = () => Math.round(context.now() - began)
  run.phase = 'applying'
  if (run.applied === 0) context.emit({ event: 'applying', host: name, steps: of })
  context.emit({ event: 'step', host: name, index, of, resource: 'reboot host', type: 'reboot', name: 'host' })
  try {
    await rebootHost(await run.connection(), within, context)
  } catch (error) {
    context.emit({ event: 'step-failed', host: name, index, ms: ms() })
    return run.finish('failed', message(error))
  }
  context.emit({ event: 'step-done', host: name, index, ms: ms() })
  run.applied = of
  run.phase = 'verifying'
  context.emit({ event: 'verifying', host: name })
  if (!ifNeeded) return
  const after = await run.lookAfter()
  const left = after.plan.steps.find(({ type }) => type === 'reboot')
  if (left !== undefined)
    run.finish('failed', `rebooted, and it still needs it: ${left.changes.map(changeText).join('; ')}`)
}

/** The part of a plan that a script can carry out; a reboot follows it. */
function withoutBoots(decision: Decision): Decision {
  const { plan, stays, resources, fingerprints, contents, triggers } = decision
  if (!resources.some(isReboot)) return decision
  const kept = <T>(list: readonly T[]) => list.filter((_, i) => !isReboot(there(resources[i], 'a resource')))
  return {
    ...decision,
    plan: { ...plan, steps: kept(plan.steps) },
    stays,
    resources: kept(resources),
    fingerprints: kept(fingerprints),
    contents: kept(contents),
    triggers: kept(triggers),
  }
}

/** Carries out the plan, observes the host again, and records what is wrong, if anything is. */
async function applyAndVerify(run: HostRun, around?: Around): Promise<void> {
  const { context, plan } = run
  const decision = withoutBoots(plan.decided)
  const applied = (steps: number): void => {
    run.applied = steps
  }
  run.phase = 'applying'
  const carried = await carryOut(await run.session(), decision, run.plan.wanted, run.clean, applied, context)
  run.phase = 'verifying'
  context.emit({ event: 'verifying', host: run.name })
  // a script that may still run keeps its files
  let left: Partial<Applied> = 'id' in carried ? carried : {}
  const again = (): Promise<Decision> => {
    const look = run.lookAfter(left)
    left = {} // further looks ask the host
    return look
  }
  const after = await settled(() => verify(decision, again), decision.plan, context)
  const wrong = howItApplied(decision.plan, carried, after, { applied: run.applied, stopping: context.signal.aborted })
  if (wrong === undefined) return
  const broken = 'id' in carried && carried.failed !== undefined
  const { outcome, reason, more } = broken && around !== undefined ? await around.failed(wrong) : wrong
  run.finish(outcome, reason, more)
}
