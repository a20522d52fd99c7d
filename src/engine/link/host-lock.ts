import { setTimeout as sleep } from 'node:timers/promises'
import type { Resource } from '../../model/resource.ts'
import type { Context } from '../context.ts'
import type { Observation } from '../observe/observe.ts'
import { BusyError } from './errors.ts'
import type { HostLink } from './host-link.ts'
import type { Lock } from './session.ts'

const BUSY_RETRY = 2_000

/** This run's lock on one host, even if it was lost with its link. */
export class HostLock {
  readonly #link: HostLink
  #lock: Lock | undefined

  constructor(link: HostLink) {
    this.#link = link
  }

  /** Has this run taken the lock and not released it? It may have been lost with its link since. */
  get taken(): boolean {
    return this.#lock !== undefined
  }

  /** Is it held now? */
  get held(): boolean {
    return this.#lock?.lost === false
  }

  /** Takes the lock and observes the host under it. @throws BusyError, TransportError */
  take = async (resources: readonly Resource[]): Promise<Observation> => {
    const session = await this.#link.session()
    const { lock, observed } = await session.ask(() => session.lock(resources))
    this.#lock = lock
    return observed
  }

  async release(): Promise<void> {
    const lock = this.#lock
    this.#lock = undefined
    await lock?.release().catch(() => undefined)
  }
}

/**
 * Does work that another run may block. If this run waits for others, it retries until no other run blocks it, and
 * calls `busy` with the run that does. @throws BusyError
 */
export async function patiently(
  attempt: () => Promise<unknown>,
  busy: (owner: string) => void,
  { signal, leave, wait }: Context,
): Promise<void> {
  for (;;) {
    try {
      await attempt()
      return
    } catch (error) {
      if (!(error instanceof BusyError) || !wait || signal.aborted || leave.aborted) throw error
      busy(error.owner)
      await sleep(BUSY_RETRY, undefined, { signal: AbortSignal.any([signal, leave]) }).catch(() => undefined)
    }
  }
}
