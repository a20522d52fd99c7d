import { setTimeout as sleep } from 'node:timers/promises'
import type { Resource } from '../../model/resource.ts'
import type { Context } from '../context.ts'
import type { Observation } from '../observe/observe.ts'
import { BusyError } from './errors.ts'
import type { HostLink } from './host-link.ts'
import type { Lock } from './session.ts'

const BUSY_RETRY = 2_000

/** The run lock of one host as this run holds it, also where it has gone with its link. */
export class HostLock {
  readonly #link: HostLink
  #lock: Lock | undefined

  constructor(link: HostLink) {
    this.#link = link
  }

  /** Was it taken and not released? It may have gone with its link since. */
  get taken(): boolean {
    return this.#lock !== undefined
  }

  /** Is it held now? */
  get held(): boolean {
    return this.#lock?.lost === false
  }

  /** Takes it and looks at the host under it. @throws BusyError, TransportError */
  take = async (resources: readonly Resource[]): Promise<Observation> => {
    const { lock, observed } = await (await this.#link.session()).lock(resources)
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
 * Does what another run may forbid; where this run waits for others, again and again until none does. `busy` is told
 * who does. @throws BusyError
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
