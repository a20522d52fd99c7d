import type { Front } from '../../balancing/clash.ts'
import type { Definition } from '../../clients/marathon-answers.ts'
import { type Json, object } from '../../lib/json.ts'
import type { Agent } from '../agents.ts'

/** Something about an app that would go wrong (`refuse`; `--allow NAME` waives it), or may go wrong (`warn`). */
export interface Finding {
  readonly name: string
  readonly level: 'refuse' | 'warn'
  /** Where in the app's JSON. */
  readonly path: string
  /** Why, and what to do. */
  readonly message: string
}

/** What the rules know besides the app itself. */
export interface Surroundings {
  /** The agents that take tasks; absent: nobody could say. */
  readonly agents?: readonly Agent[]
  /** How many slaves the inventory has. */
  readonly slaves: number
  /** HAProxies that send to tasks of their own slave only, and answer 503 if there is none. */
  readonly strict?: number
  /** The apps that run, the one itself as it is now among them. */
  readonly apps?: readonly Definition[]
  /** The HAProxies, and who is the default of each. */
  readonly fronts?: readonly Front[]
  /** How many tasks of the app run on each agent, by hostname. */
  readonly running?: ReadonlyMap<string, number>
}

/** Looks for one kind of trouble in an app. Pure. */
export type Rule = (app: Definition, around: Surroundings) => readonly Finding[]

/** The objects of a list. */
export const list = (value: unknown): readonly Json[] => (Array.isArray(value) ? value.map(object) : [])
/** A finding of something that would go wrong. */
export const refuse = (name: string, path: string, message: string): readonly Finding[] => [
  { name, level: 'refuse', path, message },
]
/** A finding of something that may go wrong. */
export const warn = (name: string, path: string, message: string): readonly Finding[] => [
  { name, level: 'warn', path, message },
]

/** The app's labels. */
export const labels = (app: Definition): Json => object(app.labels)
/** Whether the app is behind the HAProxies. */
export const isBalanced = (app: Definition): boolean => labels(app)['lb.enable'] === 'true'
/** The app's health checks. */
export const checks = (app: Definition): readonly Json[] => list(app.healthChecks)
/** How many tasks the app should have. */
export const instances = (app: Definition): number => Number(app.instances ?? 1)
