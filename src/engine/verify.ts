import { message } from '../shell/message.ts'
import { type Decision, owedUnits } from './diff.ts'
import { isMember } from './member.ts'
import type { Resource } from './resource.ts'

/** What a second look at an applied host shows. */
export interface Verified {
  /** What still differs: a line for each step. */
  readonly steps: readonly string[]
  /** The units that still owe a restart or reload. */
  readonly owed: readonly string[]
  /** Why it cannot be told. */
  readonly error?: string
}

/** Looks again after an apply. */
export async function verify(look: () => Promise<Decision>): Promise<Verified> {
  try {
    const decision = await look()
    return {
      // a member is brought back when its steps are done
      steps: decision.plan.steps
        .filter((_, i) => !isMember(decision.resources[i] as Resource))
        .map((s) => `${s.resource}: ${s.changes.map((c) => c.text).join(', ')}`),
      owed: owedUnits(decision),
    }
  } catch (error) {
    return { steps: [], owed: [], error: message(error) }
  }
}
