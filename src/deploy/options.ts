import type { Transport } from '../transport/transport.ts'
import type { App } from './app/app.ts'
import type { DeployEvent, DeployResult } from './events.ts'

/** Options of a deployment or a scaling. */
export interface DeployOptions {
  readonly transport: Transport
  /**
   * Seconds without progress after which the new version has failed; default 180 and the longest grace period of its
   * health checks.
   */
  readonly deadline?: number
  /** So many ends of new tasks, and it has failed; default 3. */
  readonly failures?: number
  /** Wait for other deployments of the app instead of giving up at once. */
  readonly wait?: boolean
  /** Names of refusals that are waived. */
  readonly allow?: readonly string[]
  /** Aborted: follow no further; Marathon goes on by itself. A way back is brought to a safe place first. */
  readonly signal?: AbortSignal
  /** Aborted: leave at once. */
  readonly leave?: AbortSignal
}

/** Options of a removal. */
export interface RemoveOptions extends DeployOptions {
  /** Only tell what would go, or be moved. */
  readonly check?: boolean
}

/** Options of a balancing. */
export type BalanceOptions = RemoveOptions

/** A deployment, scaling or removal in progress: iterate over it for its events, await its `result`. */
export interface DeployRun extends AsyncIterable<DeployEvent> {
  readonly result: Promise<DeployResult>
}

/** An app file and, if its image does not come from a registry, the file that `docker save` wrote. */
export interface DeployApp {
  readonly app: App
  readonly image?: string
}

/** An older version that Marathon has stored, by its name or its timestamp. */
export interface DeployVersion {
  readonly id: string
  readonly to: string
}
