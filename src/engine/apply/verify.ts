import { setTimeout as sleep } from 'node:timers/promises'
import { message } from '../../lib/message.ts'
import { there } from '../../lib/user-error.ts'
import { timeLimit } from '../../lib/wait/time-limit.ts'
import { changeText, type Plan } from '../../model/plan.ts'
import type { Context } from '../context.ts'
import { type Decision, owedUnits } from '../plan/decide.ts'
import { isMember } from '../roll/away-mark.ts'
import { rebootWish } from '../roll/reboot.ts'

/**
 * Milliseconds that dependent services may take to come back (systemd's RestartSec is mostly 5 s or less), and
 * milliseconds between two checks.
 */
const SETTLE = { most: 30_000, poll: 1000 }

/** What observing a host again after an apply shows. */
export interface Verified {
  /** What still differs, one line per step. */
  readonly steps: readonly string[]
  /** The resources of these steps. */
  readonly resources: readonly string[]
  /** The units that still owe a restart or reload. */
  readonly owed: readonly string[]
  /** Why the host could not be verified. */
  readonly error?: string
}

/** Observes the host again after what was `decided` has been applied. */
export async function verify(decided: Decision, look: () => Promise<Decision>): Promise<Verified> {
  try {
    const decision = await look()
    // members are brought back, and hosts rebooted, only after these steps
    const steps = decision.plan.steps.filter((_, i) => {
      const resource = there(decision.resources[i], 'a resource')
      return !isMember(resource) && rebootWish(resource) === undefined
    })
    return {
      steps: steps.map((s) => `${s.resource}: ${s.changes.map(changeText).join(', ')}`),
      resources: steps.map((s) => s.resource),
      owed: owedUnits(decided, decision),
    }
  } catch (error) {
    return { steps: [], resources: [], owed: [], error: message(error) }
  }
}

/**
 * Observes the host again after an apply. If something differs that was no step, a step has pulled it down (a daemon
 * stops with the one it depends on, and systemd restarts it), so it gets time to come back by itself.
 */
export async function settled(
  look: () => Promise<Verified>,
  { steps }: Plan,
  { now, signal, leave }: Pick<Context, 'now' | 'signal' | 'leave'>,
): Promise<Verified> {
  const own = new Set(steps.map(({ resource }) => resource))
  const isLast = timeLimit(SETTLE.most, now)
  for (;;) {
    const last = isLast()
    const seen = await look()
    const drawnAlong = seen.resources.length > 0 && !seen.resources.some((resource) => own.has(resource))
    if (!drawnAlong || last || signal.aborted || leave.aborted) return seen
    await sleep(SETTLE.poll, undefined, { signal: AbortSignal.any([signal, leave]) }).catch(() => undefined)
  }
}
