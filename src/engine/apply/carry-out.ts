import type { Clean } from '../../model/clean.ts'
import type { Resource } from '../../model/resource.ts'
import type { Context } from '../context.ts'
import { InterruptedError } from '../link/errors.ts'
import type { Applied, Session } from '../link/session.ts'
import type { Decision } from '../plan/decide.ts'
import type { ApplyListener } from './apply-log.ts'
import { applyScript, groupsOf } from './apply-script.ts'

/** How many of a step's last output lines its result keeps. */
const KEPT_LINES = 20

/** How a plan's script ended; `interrupted` says why its end is unknown. */
export type Carried = (Applied | { readonly interrupted: string }) & {
  /** The last output lines of the step that ran last; where it said nothing itself, of the group that it is part of. */
  readonly output: readonly string[]
}

/**
 * Carries out a plan and reports its progress; `applied` is called with the number of finished steps. Then observes
 * all resources of the host.
 * @throws as {@link Session.apply} does, except for interruptions
 */
export async function carryOut(
  session: Session,
  decision: Decision,
  all: readonly Resource[],
  clean: Clean,
  applied: (steps: number) => void,
  { emit, now, room }: Context,
): Promise<Carried> {
  const { host, steps } = decision.plan
  const sizes = new Map(groupsOf(decision.resources).map(({ first, resources }) => [first, resources.length]))
  const began = new Map<number, number>()
  let output: string[] = []
  let before: readonly string[] = []
  let done = 0
  const ms = (index: number) => Math.round(now() - (began.get(index) ?? now()))
  emit({ event: 'applying', host, steps: steps.length })
  const listener: ApplyListener = {
    marker({ marker, index }) {
      const step = steps[index]
      if (step === undefined) return
      const count = sizes.get(index) ?? 1
      if (marker !== 'ok') {
        before = marker === 'failed' ? output : []
        output = []
      }
      // a step inside a group has failed: output now belongs to that step
      if (marker === 'step' || (marker === 'failed' && !began.has(index))) {
        began.set(index, marker === 'step' ? now() : ([...began.values()].at(-1) ?? now()))
        const { resource, type, name } = step
        emit({ event: 'step', host, index, of: steps.length, resource, type, name, ...(count > 1 ? { count } : {}) })
      } else if (marker === 'ok') {
        done += count
        applied(done)
        emit({ event: 'step-done', host, index, ms: ms(index) })
      }
    },
    line(raw) {
      const line = clean(raw)
      if (line.trim() === '') return
      output = [...output.slice(1 - KEPT_LINES), line]
      emit({ event: 'output', host, line })
    },
    room,
  }
  try {
    const end = await session.apply(applyScript(decision), listener, all)
    if (end.failed !== undefined) emit({ event: 'step-failed', host, index: end.failed, ms: ms(end.failed) })
    return { ...end, output: output.length > 0 ? output : before }
  } catch (error) {
    if (error instanceof InterruptedError) return { interrupted: error.message, output }
    throw error
  }
}
