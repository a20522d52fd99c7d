import { setTimeout as sleep } from 'node:timers/promises'
import { message } from '../../lib/message.ts'
import { there } from '../../lib/user-error.ts'
import { changeText, type Plan } from '../../model/plan.ts'
import type { Context } from '../context.ts'
import { type Decision, owedUnits } from '../plan/decide.ts'
import { isMember } from '../roll/away-mark.ts'
import { rebootWish } from '../roll/reboot.ts'

/**
 * Milliseconds that what was drawn along may take to come back (systemd's RestartSec is mostly 5 s or less), and
 * between two looks at it.
 */
const SETTLE = { most: 30_000, poll: 1000 }

/** What a second look at an applied host shows. */
export interface Verified {
  /** What still differs: a line for each step. */
  readonly steps: readonly string[]
  /** The resources that these steps are of. */
  readonly resources: readonly string[]
  /** The units that still owe a restart or reload. */
  readonly owed: readonly string[]
  /** Why it cannot be told. */
  readonly error?: string
}

/** Looks again after an apply. */
export async function verify(look: () => Promise<Decision>): Promise<Verified> {
  try {
    const decision = await look()
    // a member is brought back, and a host booted, when its steps are done
    const steps = decision.plan.steps.filter((_, i) => {
      const resource = there(decision.resources[i], 'a resource')
      return !isMember(resource) && rebootWish(resource) === undefined
    })
    return {
      steps: steps.map((s) => `${s.resource}: ${s.changes.map(changeText).join(', ')}`),
      resources: steps.map((s) => s.resource),
      owed: owedUnits(decision),
    }
  } catch (error) {
    return { steps: [], resources: [], owed: [], error: message(error) }
  }
}

/**
 * Looks again after an apply. What differs now and was no step was drawn along by one (a daemon that ends with the one
 * it depends on, and that systemd starts anew): it is given time to come back by itself.
 */
export async function settled(
  look: () => Promise<Verified>,
  { steps }: Plan,
  { now, signal, leave }: Pick<Context, 'now' | 'signal' | 'leave'>,
): Promise<Verified> {
  const own = new Set(steps.map(({ resource }) => resource))
  const until = now() + SETTLE.most
  for (;;) {
    const seen = await look()
    const drawnAlong = seen.resources.length > 0 && !seen.resources.some((resource) => own.has(resource))
    if (!drawnAlong || now() >= until || signal.aborted || leave.aborted) return seen
    await sleep(SETTLE.poll, undefined, { signal: AbortSignal.any([signal, leave]) }).catch(() => undefined)
  }
}
