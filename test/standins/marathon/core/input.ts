import type { Request } from '../api/http.ts'
import type { Plan } from './deploy/types.ts'
import type { Probe, Probed } from './effect.ts'
import type { Offer, TaskStatus } from './mesos.ts'

/** What happens to the machine. */
export type Input =
  | { readonly on: 'elected'; readonly plans: readonly Plan[] }
  | { readonly on: 'tick'; readonly before: number }
  | { readonly on: 'request'; readonly request: Request }
  | { readonly on: 'subscribed'; readonly frameworkId: string }
  /** Another master leads: this leader's time is over. */
  | { readonly on: 'disconnected' }
  | { readonly on: 'lost' }
  | { readonly on: 'offers'; readonly offers: readonly Offer[] }
  | { readonly on: 'status'; readonly status: TaskStatus }
  | { readonly on: 'probed'; readonly probe: Probe; readonly result: Probed }
