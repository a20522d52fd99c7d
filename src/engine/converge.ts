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
import type { Resource } from '../model/resource.ts'
import { applyScript } from './apply/apply-script.ts'
import { carryOut } from './apply/carry-out.ts'
import { type Ending, howItApplied } from './apply/outcome.ts'
import { rebootHost } from './apply/reboot-host.ts'
import { settled, verify } from './apply/verify.ts'
import type { HostRun } from './host-run.ts'
import { type Decision, takesTurn } from './plan/decide.ts'
import { isMember } from './roll/away-mark.ts'
import { type RebootWish, rebootWish } from './roll/reboot.ts'

/** Looks at a host and tells what differs. */
export const look = (run: HostRun): Promise<void> =>
  run.guarded(async () => {
    await run.observe()
    run.tellPlan()
  })

/** The end of `plan`: what else the package manager would bring, what would be refused and is not waived. */
export const endPlan = (run: HostRun, waived: readonly string[]): Promise<void> =>
  run.guarded(async () => {
    if (run.result !== undefined) return
    const probes = run.context.script ? { probes: run.plan.probes } : {}
    if (run.plan.inSync) return run.finish('in-sync', undefined, probes)
    await run.plan.foresee(await run.connection(), run.turn())
    const script = run.context.script ? { ...probes, script: applyScript(run.plan.decided).shown } : {}
    const refused = await run.plan.refused(waived)
    run.finish(refused === undefined ? 'planned' : 'refused', refused, script)
  })

/** Before the first stage of a way: what its last would be refused. */
export const refuseAhead = (run: HostRun, waived: readonly string[]): Promise<void> =>
  run.guarded(async () => {
    if (run.gone !== undefined || run.plan.inSync) return
    const refused = await run.plan.refused(waived)
    run.refusal = await run.plan.refusedByRecipe(waived)
    if (refused !== undefined) run.finish('refused', refused)
  })

/** The beginning of `apply`: may what differs be applied at all? Nothing has changed yet, anywhere. */
export const mayApply = (run: HostRun): Promise<void> =>
  run.guarded(async () => {
    if (run.result !== undefined) return
    if (run.plan.inSync && run.context.approved === undefined) return run.finish('in-sync')
    await endWhereNothingMayBeDone(run, false)
  })

/** In sync, or refused: by the plan that was approved, the resources, the recipes. */
async function endWhereNothingMayBeDone(run: HostRun, itsTurn: boolean): Promise<void> {
  const refused = run.plan.refusedByPlan()
  if (refused !== undefined) return run.finish('refused', refused)
  if (run.plan.inSync) return run.finish('in-sync')
  run.tellPlan() // where it is another one by now
  const wrong = await run.plan.wrongFiles()
  if (wrong !== undefined) return run.finish('refused', wrong)
  run.refusal = await run.plan.refusedByRecipe([], itsTurn)
  if (run.refusal !== undefined) run.finish('refused', run.refusal.says)
}

/** What a member's turn does around its steps. */
export interface Around {
  /** Before the first step, when nothing can be refused any more. */
  before(): Promise<void>
  /** After a step has failed: the end that this makes. */
  failed(ending: Ending): Promise<Ending>
}

/**
 * Applies what differs and looks again. Takes the lock unless it is held already (then the host is looked at anew).
 * Where all went well the result stays open: the gate comes first. It also stays open, and nothing is done, where the
 * lock was not held and the host turns out to be one that must wait for its turn (`decision.plan.rolls`).
 */
export const converge = (run: HostRun, around?: Around): Promise<void> =>
  run.guarded(() =>
    run.withLock(async (taken) => {
      let looked = taken === 'now'
      await run.patiently(async () => {
        run.phase = 'observing'
        if (!looked) await run.observeAgain()
        looked = false
        await convergeUnderLock(run, taken === 'before', around)
      })
    }),
  )

async function convergeUnderLock(run: HostRun, itsTurn: boolean, around?: Around): Promise<void> {
  if (run.context.signal.aborted) return run.finish('blocked', 'stopped as asked, before its turn')
  await endWhereNothingMayBeDone(run, true)
  if (run.result !== undefined) return
  if (!itsTurn && takesTurn(run.plan.decided)) return
  await around?.before()
  if (run.result !== undefined) return
  const { decided } = run.plan
  const booting = wishOf(decided)
  if (booting === undefined || decided.resources.some((r) => !isMember(r) && !isReboot(r)))
    await applyAndVerify(run, around)
  if (run.result !== undefined || !decided.resources.some(({ type }) => type.interruptsHost)) return
  // what was done may have made a boot necessary that was none before
  const boot = booting ?? wishOf(await run.lookAfter(undefined))
  if (boot !== undefined) await bootAndVerify(run, boot)
}

const isReboot = (resource: Resource): boolean => rebootWish(resource) !== undefined
const wishOf = ({ resources }: Decision): RebootWish | undefined =>
  resources.flatMap((resource) => rebootWish(resource) ?? [])[0]

/** Boots the host, and looks again where it was to be booted for a reason. */
async function bootAndVerify(run: HostRun, { ifNeeded, within }: RebootWish): Promise<void> {
  const { context, plan, name } = run
  const { steps } = plan.decided.plan
  // one that only became necessary in this turn comes behind them
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
  const after = await run.lookAfter(undefined)
  const left = after.plan.steps.find(({ type }) => type === 'reboot')
  if (left !== undefined)
    run.finish('failed', `rebooted, and it still needs it: ${left.changes.map(changeText).join('; ')}`)
}

/** What a script can carry out of a plan: a boot comes after it. */
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

/** Carries the plan out, looks again, and records what is wrong, if anything is. */
async function applyAndVerify(run: HostRun, around?: Around): Promise<void> {
  const { context, plan } = run
  const decision = withoutBoots(plan.decided)
  const applied = (steps: number): void => {
    run.applied = steps
  }
  run.phase = 'applying'
  const carried = await carryOut(await run.session(), decision, run.clean, applied, context)
  run.phase = 'verifying'
  context.emit({ event: 'verifying', host: run.name })
  const id = 'id' in carried ? carried.id : undefined // of one that may not have ended nothing is removed
  const after = await settled(() => verify(() => run.lookAfter(id)), decision.plan, context)
  const wrong = howItApplied(decision.plan, carried, after, { applied: run.applied, stopping: context.signal.aborted })
  if (wrong === undefined) return
  const broken = 'id' in carried && carried.failed !== undefined
  const { outcome, reason, more } = broken && around !== undefined ? await around.failed(wrong) : wrong
  run.finish(outcome, reason, more)
}
