import { message, sentence } from '../../lib/message.ts'
import type { Plan } from '../../model/plan.ts'
import { FrameError } from '../../shell/frame.ts'
import { TransportError, type TransportFailure } from '../../transport/transport.ts'
import type { HostResult, Outcome } from '../events.ts'
import { BusyError, NotBegunError } from '../link/errors.ts'
import { RecipeError } from '../observe/compile.ts'
import type { Carried } from './carry-out.ts'
import type { Verified } from './verify.ts'

/** What a host is whose link or login failed so before anything was changed. */
const IS: Readonly<Record<TransportFailure, 'unreachable' | 'failed' | 'blocked'>> = {
  dns: 'unreachable',
  refused: 'unreachable',
  timeout: 'unreachable',
  unreachable: 'unreachable',
  'host-key': 'unreachable',
  auth: 'unreachable',
  key: 'unreachable',
  lost: 'unreachable',
  nologin: 'unreachable',
  forwarding: 'unreachable',
  full: 'unreachable',
  proxy: 'unreachable',
  hang: 'unreachable',
  protocol: 'unreachable',
  'sudo-refused': 'failed',
  'sudo-password': 'failed',
  requiretty: 'failed',
  upload: 'failed',
  flood: 'failed',
  aborted: 'blocked',
}
const GONE = 'It is to leave: if it is gone for good, and never comes back, use --allow gone.'
/** Errors whose message is a whole sentence for users. */
const SENTENCES = [RecipeError, FrameError, NotBegunError]

/** A host's phase in the run; while `applying`, a script runs on the host. */
export type Phase = 'observing' | 'applying' | 'verifying'

/** Where a host was when an error occurred. */
interface Where {
  /** The controller was asked to leave. */
  readonly leaving: boolean
  readonly phase: Phase
  /** This run has applied steps. */
  readonly applied: boolean
  /** The host is to leave. */
  readonly retires: boolean
}

/** Turns an error into a host's result. Pure. */
export function howItEnded(error: unknown, where: Where): { readonly outcome: Outcome; readonly reason: string } {
  if (error instanceof BusyError) return { outcome: 'blocked', reason: error.message }
  if (error instanceof TransportError) return linkEnded(error, where)
  const own =
    SENTENCES.some((kind) => error instanceof kind) || !(error instanceof Error) || error.constructor === Error
  return { outcome: 'failed', reason: own ? message(error) : `${error.name}: ${error.message}` }
}

function linkEnded(
  { failure, message }: TransportError,
  { leaving, phase, applied, retires }: Where,
): { outcome: Outcome; reason: string } {
  const applying = phase === 'applying'
  const goesOn = 'The host finishes its script; run the same command again to see how it ended.'
  if (leaving) return { outcome: 'blocked', reason: applying ? `left as asked. ${goesOn}` : 'left as asked' }
  if (failure === 'aborted') return { outcome: 'blocked', reason: 'stopped as asked, before it was looked at' }
  if (applying) return { outcome: 'failed', reason: `${sentence(message)} ${goesOn}` }
  if (applied || IS[failure] !== 'unreachable') return { outcome: 'failed', reason: message }
  return { outcome: 'unreachable', reason: retires ? `${message}\n${GONE}` : message }
}

/** How a host's part of a run ended. */
export interface Ending {
  readonly outcome: Outcome
  readonly reason: string
  readonly more?: Partial<Pick<HostResult, 'output' | 'owed'>>
}

/** Why a host has not converged after its plan was carried out; undefined if it has. Pure. */
export function howItApplied(
  { steps }: Plan,
  carried: Carried,
  { owed, ...after }: Verified,
  { applied, stopping }: { readonly applied: number; readonly stopping: boolean },
): Ending | undefined {
  const { output } = carried
  if ('interrupted' in carried) return { outcome: 'failed', reason: carried.interrupted, more: { output, owed } }
  const { status, failed } = carried
  if (status === 130 && failed === undefined && stopping) {
    const reason = `stopped as asked, after ${applied} of ${steps.length} steps. Run the same command again: owed restarts are recorded.`
    return { outcome: 'blocked', reason, more: { owed } }
  }
  if (status !== 0) {
    const what = steps[failed ?? -1]?.resource ?? 'its script'
    return { outcome: 'failed', reason: `${what} failed: exit ${status}.`, more: { output, owed } }
  }
  if (after.error !== undefined)
    return { outcome: 'failed', reason: `applied, but it cannot be observed again: ${after.error}` }
  if (after.steps.length > 0)
    return { outcome: 'failed', reason: `did not converge: ${after.steps.join('; ')}`, more: { owed } }
  return undefined
}
