import { setTimeout as sleep } from 'node:timers/promises'
import { aborted } from '../sentence.ts'
import { TransportError, type TransportFailure, type Wait } from '../transport.ts'
import { seconds } from '../words.ts'

/** Called with what the program waits for. */
export type Waits = (wait: Wait) => void

/** How often, or for how long, to retry. */
export interface Tries {
  /** How many retries for failures that a retry may fix at once; 0: none at all. */
  readonly retries: number
  readonly signal?: AbortSignal
  /** If given, temporary failures are retried as long as they may last. */
  readonly waits?: Waits
}

/**
 * Failures that a retry may fix. A host that did not answer at all is not among them, because TCP has sent its SYN
 * several times by then.
 */
const FLEETING: readonly TransportFailure[] = ['refused', 'unreachable', 'lost']
/** Failures that a host may show one after the other while it boots. */
const BOOTING: readonly TransportFailure[] = [...FLEETING, 'timeout', 'dns', 'full', 'proxy']
const FIRST_PAUSE = 500
const LONGEST_PAUSE = 5000

/**
 * The pause before attempt `n`: doubles each time, with jitter, because hosts that were rejected together must not
 * retry together.
 */
export const pauseBefore = (n: number): number => Math.min(LONGEST_PAUSE, FIRST_PAUSE * 2 ** n) * (0.5 + Math.random())

/** How long and how often the program has tried. */
export interface Tried {
  readonly times: number
  readonly ms: number
  /** The longest time for which any failure so far may last. */
  readonly patience: number
}

/** Is another attempt worthwhile? */
export const worthAnother = (
  error: TransportError,
  { times, ms, patience }: Tried,
  { retries, waits }: Tries,
): boolean => {
  if (retries === 0 || error.failure === 'aborted') return false
  if (FLEETING.includes(error.failure) && times < retries) return true
  return waits !== undefined && BOOTING.includes(error.failure) && ms < patience
}

/** Retries until it works, or until another attempt is not worthwhile. @throws TransportError */
export async function retrying<T>(attempt: () => Promise<T>, tries: Tries): Promise<T> {
  const { signal, waits } = tries
  const began = performance.now()
  let patience = 0
  for (let times = 0; ; times++) {
    try {
      return await attempt()
    } catch (error) {
      if (!(error instanceof TransportError)) throw error
      patience = Math.max(patience, error.passing)
      const ms = performance.now() - began
      if (!worthAnother(error, { times, ms, patience }, tries))
        throw times > tries.retries ? afterTries(error, ms) : error
      waits?.({ kind: 'again', text: error.message })
      await sleep(pauseBefore(times), undefined, signal ? { signal } : {}).catch(() => {
        throw aborted()
      })
    }
  }
}

/** A failure that did not go away while the program waited. */
const afterTries = (error: TransportError, ms: number): TransportError =>
  new TransportError(error.failure, `${error.message} (tried again for ${seconds(ms)})`, {
    cause: error,
    passing: error.passing,
    ...(error.bastion === undefined ? {} : { bastion: error.bastion }),
  })
