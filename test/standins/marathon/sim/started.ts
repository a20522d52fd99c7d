import * as assert from 'uvu/assert'
import { Simulation } from './simulation.ts'

export interface Task {
  readonly id: string
  readonly state: string
  readonly ports: readonly number[]
  readonly healthCheckResults: readonly {
    readonly alive: boolean
    readonly consecutiveFailures: number
    readonly lastSuccess?: string
  }[]
  readonly version?: string
}
export interface App {
  readonly tasks: readonly Task[]
  readonly tasksRunning: number
  readonly tasksHealthy: number
  readonly tasksUnhealthy: number
  readonly lastTaskFailure?: { readonly message: string; readonly state: string }
}

/** An app as Marathon shows it. */
export const get = (sim: Simulation, id = '/a') => (sim.request('GET', `/v2/apps${id}`).body as { app: App }).app
/** A simulation with the app `/a`, which has started. */
export const started = (more: object, sim = new Simulation()) => {
  assert.is(sim.request('POST', '/v2/apps', { id: '/a', cmd: 'x', cpus: 0.1, ...more }).status, 201)
  sim.until(() => sim.idle())
  return sim
}

/** The events from a number on, in words. */
export const types = (sim: Simulation, from: number) =>
  sim.events.slice(from).map((e) => [e.eventType, e.condition ?? e.taskStatus].filter(Boolean).join(' '))
