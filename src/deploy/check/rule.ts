import type { Front } from '../../balancing/clash.ts'
import type { Definition } from '../../clients/marathon-answers.ts'
import type { Containerizers } from '../../clients/settings/mesos.ts'
import { type Json, object } from '../../lib/json.ts'
import type { Agent } from '../agents.ts'

/** Something that would go wrong with an app (`refuse`; `--allow NAME` waives it), or may go wrong (`warn`). */
export interface Finding {
  readonly name: string
  readonly level: 'refuse' | 'warn'
  /** The place in the app's JSON. */
  readonly path: string
  /** The reason, and what to do. */
  readonly message: string
}

/** What the rules know about the cluster. */
export interface Surroundings {
  /** The agents that accept tasks; absent if Mesos does not answer. */
  readonly agents?: readonly Agent[]
  /** How many slaves the inventory has. */
  readonly slaves: number
  /** What the slaves of the inventory run tasks with. */
  readonly containerizers?: readonly Containerizers[]
  /** How many HAProxies send only to tasks on their own slave, and answer 503 if it has none. */
  readonly strict?: number
  /** The running apps, including the current version of this one. */
  readonly apps?: readonly Definition[]
  /** The ids of all apps, running or not. */
  readonly ids?: readonly string[]
  /** The HAProxies, with the default backend of each. */
  readonly fronts?: readonly Front[]
  /** The app whose place it takes. */
  readonly replaces?: string
  /** How many tasks of the app run on each agent, by hostname. */
  readonly running?: ReadonlyMap<string, number>
}

/** Checks an app for one kind of problem. Pure. */
export type Rule = (app: Definition, around: Surroundings) => readonly Finding[]

/** A list's objects. */
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
/** How many tasks the app wants. */
export const instances = (app: Definition): number => Number(app.instances ?? 1)
