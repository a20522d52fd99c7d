import type { Call } from './mesos.ts'

/** An event of the stream; `eventType` and `timestamp` are in it. */
export type Event = Readonly<Record<string, unknown>> & { readonly eventType: string }

/** A request to a task that the core asks for; its outcome comes back as an input. */
export interface Probe {
  readonly kind: 'health' | 'ready'
  readonly instance: string
  /** The task asked, so that an answer of a task that is gone is not taken for its successor's. */
  readonly task: string
  /** Index of the health check. */
  readonly check: number
  readonly protocol: 'HTTP' | 'HTTPS' | 'TCP'
  readonly host: string
  readonly port: number
  readonly path: string
  /** Milliseconds. */
  readonly timeout: number
}

export interface Probed {
  readonly ok: boolean
  /** Why not, in Marathon's words: `500 Internal Server Error`. */
  readonly cause: string
  readonly status?: number
  readonly body?: string
  readonly contentType?: string
}

/**
 * What the core wants done outside. Writes to ZooKeeper are not among them: they follow from what has changed
 * (persist.ts) and go first.
 */
export type Effect =
  | { readonly do: 'event'; readonly event: Event }
  /** `after` in milliseconds. */
  | { readonly do: 'call'; readonly call: Call; readonly after?: number }
  | { readonly do: 'probe'; readonly probe: Probe }
  | { readonly do: 'log'; readonly line: string }
