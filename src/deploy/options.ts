import type { Transport } from '../transport/transport.ts'
import type { App } from './app/app.ts'
import type { DeployEvent, DeployResult } from './events.ts'

/** Options of a deployment or a scaling. */
export interface DeployOptions {
  readonly transport: Transport
  /**
   * Seconds without progress after which the new version counts as failed; default: 180 plus the longest grace period
   * of its health checks.
   */
  readonly deadline?: number
  /** How many new tasks may die before the version counts as failed; default 3. */
  readonly failures?: number
  /** Wait for other deployments of the app instead of giving up at once. */
  readonly wait?: boolean
  /** Names of the refusals to waive. */
  readonly allow?: readonly string[]
  /** When aborted, stops following: Marathon continues on its own. A rollback first reaches a safe point. */
  readonly signal?: AbortSignal
  /** When aborted, returns at once. */
  readonly leave?: AbortSignal
}

/** Options of a removal. */
export interface RemoveOptions extends DeployOptions {
  /** Only report what would be removed or moved. */
  readonly check?: boolean
}

/** Options of a balancing. */
export type BalanceOptions = RemoveOptions

/** A deployment, scaling or removal in progress: iterate over it for its events, await its `result`. */
export interface DeployRun extends AsyncIterable<DeployEvent> {
  readonly result: Promise<DeployResult>
}

/** An app file and, if its image does not come from a registry, a file that `docker save` wrote. */
export interface DeployApp {
  readonly app: App
  readonly image?: string
  /** An app whose place this one takes: it is removed once this one is live. */
  readonly replaces?: string
}

/** An older version that Marathon has stored, by its name or its timestamp. */
export interface DeployVersion {
  readonly id: string
  readonly to: string
}
