import { FrameError } from '../shell/frame.ts'
import { TransportError } from '../transport/transport.ts'
import { RecipeError } from './compile.ts'
import type { Outcome } from './events.ts'
import { message } from './message.ts'
import { BusyError, InterruptedError } from './session.ts'

/** Failures of the link or login that mean "nobody could look at this host". */
const UNREACHABLE = new Set([
  'dns',
  'refused',
  'timeout',
  'unreachable',
  'host-key',
  'auth',
  'key',
  'lost',
  'nologin',
  'forwarding',
  'hang',
])
/** Errors whose message is a whole sentence for a person. */
const SENTENCES = [RecipeError, FrameError, InterruptedError]

/** Where a host was when something went wrong. */
interface Where {
  /** The controller was told to leave. */
  readonly leaving: boolean
  /** A script runs on the host. */
  readonly applying: boolean
  /** Steps of this run have been applied. */
  readonly applied: boolean
}

/** What an error means for a host's result. Pure. */
export function howItEnded(error: unknown, where: Where): { readonly outcome: Outcome; readonly reason: string } {
  if (error instanceof BusyError) return { outcome: 'blocked', reason: error.message }
  if (error instanceof TransportError) return linkEnded(error, where)
  const own = SENTENCES.some((kind) => error instanceof kind) || !(error instanceof Error) || error.constructor === Error
  return { outcome: 'failed', reason: own ? message(error) : `${error.name}: ${error.message}` }
}

function linkEnded({ failure, message }: TransportError, { leaving, applying, applied }: Where): { outcome: Outcome; reason: string } {
  const goesOn = 'The host finishes its script; run the same command again to see how it ended.'
  if (leaving) return { outcome: 'blocked', reason: applying ? `left as asked. ${goesOn}` : 'left as asked' }
  if (applying) return { outcome: 'failed', reason: `${message}. ${goesOn}` }
  return { outcome: !applied && UNREACHABLE.has(failure) ? 'unreachable' : 'failed', reason: message }
}
