import { setTimeout as sleep } from 'node:timers/promises'
import { type Connection, TransportError } from '../../transport/transport.ts'
import type { Context } from '../context.ts'

/** Milliseconds to wait before each attempt to reconnect; after the last one, the host counts as lost. */
export const RECONNECTS: readonly number[] = [500, 1000, 2000, 4000, 8000, 15_000, 30_000]
/** How often what the link's end cut off is done again; what ends each link is not done forever. */
export const AGAIN = 3

/** Who hears that the link was lost, and what has to be done once it is there again. */
export interface LinkEvents {
  lost(reason: string): void
  again(): Promise<void>
}

const isLost = (error: unknown): error is TransportError => error instanceof TransportError && error.failure === 'lost'

/** A link to a host that is made again when it is lost. */
export class LastingLink {
  readonly #connection: Connection
  readonly #leave: AbortSignal
  readonly #reconnects: readonly number[]
  readonly #events: LinkEvents
  #restoring: Promise<void> | undefined
  #made = 0

  constructor(
    connection: Connection,
    { leave, reconnects }: Pick<Context, 'leave' | 'reconnects'>,
    events: LinkEvents,
  ) {
    this.#connection = connection
    this.#leave = leave
    this.#reconnects = reconnects
    this.#events = events
  }

  /** How often it was made again. */
  get made(): number {
    return this.#made
  }

  /**
   * Asks the host something that may be asked twice. If the link is lost meanwhile, reconnects and asks again.
   * @throws TransportError, and what the question throws
   */
  async ask<T>(question: () => Promise<T>): Promise<T> {
    for (let again = 0; ; again += 1) {
      const made = this.#made
      try {
        return await question()
      } catch (error) {
        if (again === AGAIN) throw error
        await this.restore(made, error)
      }
    }
  }

  /**
   * Makes the link again, once for all who miss it.
   * @param made how often it had been made again when it was lost
   * @throws the error itself, unless it says that the link was lost and the run goes on; TransportError
   */
  async restore(made: number, error: unknown): Promise<void> {
    if (!isLost(error) || this.#leave.aborted) throw error
    if (made !== this.#made) return
    this.#restoring ??= this.#reconnect(error).finally(() => {
      this.#restoring = undefined
    })
    await this.#restoring
  }

  async #reconnect(cause: TransportError): Promise<void> {
    this.#events.lost(cause.message)
    let last: unknown = cause
    for (const wait of this.#reconnects) {
      await sleep(wait, undefined, { signal: this.#leave }).catch(() => undefined)
      if (this.#leave.aborted) throw last
      try {
        await this.#connection.reconnect()
        await this.#events.again()
        this.#made += 1
        return
      } catch (error) {
        if (!(error instanceof TransportError) || error.failure === 'host-key' || error.failure === 'aborted')
          throw error
        last = error
      }
    }
    throw last
  }
}
