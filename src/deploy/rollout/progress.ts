import type { MarathonApp, MarathonTask, Queued } from '../../clients/marathon-answers.ts'
import { list, object } from '../../lib/json.ts'
import type { Held, HostTasks } from '../events.ts'
import { incarnation, isWell, mesosChecks, type Situation } from './situation.ts'

/** How far a deployment has got. Every look creates a new one. */
export interface Progress {
  /** The state reached so far; a change of it counts as progress. */
  readonly reached: string
  /** When that state was reached, in milliseconds. */
  readonly since: number
  /** How often tasks of the new version have ended, by instance. */
  readonly ends: ReadonlyMap<string, number>
  /** When the last of them was found to have ended, in milliseconds; absent if none has. */
  readonly endedAt?: number
}

/** Milliseconds for which a version must last after one of its tasks has ended: it may be healthy for moments only. */
const STEADY = 60_000

/** When a deployment counts as failed. */
export interface Limits {
  /** Milliseconds without progress after which it has failed. */
  readonly deadline: number
  /** How many new tasks may end before the deployment counts as failed. */
  readonly failures: number
}

/** A look at the app during the change. */
export interface Look {
  readonly app: MarathonApp
  readonly now: Situation
  readonly queue: readonly Queued[]
  /** The current deployment changes the number of tasks, not their version. */
  readonly scales: boolean
  /** Milliseconds. */
  readonly at: number
}

/** The progress before the first look. */
export const noProgress = (at: number): Progress => ({ reached: '', since: at, ends: new Map() })

/**
 * How often the tasks of the new version have ended. A restarted task keeps its instance and counts its starts, so no
 * end is missed between two looks.
 */
function endsOf(
  tasks: readonly MarathonTask[],
  waiting: ReadonlySet<string>,
  before: ReadonlySet<string>,
  again: ReadonlyMap<string, number>,
): ReadonlyMap<string, number> {
  const ends = new Map<string, number>()
  for (const { id } of tasks) {
    const { instance, start } = incarnation(id)
    const ended = start - 1 + (waiting.has(id) ? 1 : 0) - (again.get(instance) ?? 0)
    if (!before.has(instance)) ends.set(instance, Math.max(0, ended))
  }
  return ends
}

/**
 * The progress after a look.
 * @param before the instances that existed when the deployment started
 * @param again how often instances were started again because their launch was lost: their tasks did not fail
 */
export function advance(
  progress: Progress,
  { app, now, at }: Look,
  before: ReadonlySet<string>,
  again: ReadonlyMap<string, number> = new Map(),
): Progress {
  const well = now.fresh.filter((task) => isWell(task, app.definition)).length
  const reached = `${app.configVersion} ${well} ${now.old.length} ${now.leaving.length + now.dying.length}`
  const seen = endsOf([...now.fresh, ...now.waiting], new Set(now.waiting.map((task) => task.id)), before, again)
  const ends = new Map(progress.ends)
  for (const [instance, n] of seen) ends.set(instance, Math.max(n, ends.get(instance) ?? 0))
  const endedAt = failuresOf({ ends }) > failuresOf(progress) ? at : progress.endedAt
  return {
    reached,
    since: reached === progress.reached ? progress.since : at,
    ends,
    ...(endedAt === undefined ? {} : { endedAt }),
  }
}

/** How many new tasks have ended in total. */
const failuresOf = ({ ends }: Pick<Progress, 'ends'>): number => [...ends.values()].reduce((sum, n) => sum + n, 0)

/** Has no task of the new version ended lately? */
export const isSteady = ({ endedAt }: Progress, at: number): boolean => endedAt === undefined || at - endedAt >= STEADY

/** What a deployment waits for whose tasks are all healthy, while some have ended lately. */
export const WATCHED = `watched for ${STEADY / 1000} s, because tasks of it ended`

const REASONS: Readonly<Record<string, string>> = {
  UnfulfilledRole: 'another role',
  UnfulfilledConstraint: 'its constraints',
  NoCorrespondingReservationFound: 'no reservation',
  AgentMaintenance: 'maintenance',
  InsufficientCpus: 'too few cpus',
  InsufficientMemory: 'too little memory',
  InsufficientDisk: 'too little disk',
  InsufficientGpus: 'too few gpus',
  InsufficientPorts: 'no free port',
  DeclinedScarceResources: 'scarce resources',
}

/**
 * Why instances are waiting ("2 wait: 2 of 2 offers: too few cpus"), and what holds them back apart from the next
 * offer. Undefined if none is waiting.
 */
export function waitsFor(
  app: string,
  queue: readonly Queued[],
): { readonly waits: string; readonly held?: Held } | undefined {
  const item = queue.find((each) => each.app === app)
  if (!item || item.count === 0) return undefined
  const wait = `${item.count} ${item.count === 1 ? 'waits' : 'wait'}`
  const refused = item.refused.map(
    ({ reason, declined, processed }) => `${declined} of ${processed} offers: ${REASONS[reason] ?? reason}`,
  )
  if (refused.length > 0) return { waits: `${wait}: ${refused.join(', ')}`, held: 'refused' }
  if (item.delay > 0) return { waits: `${wait}: held back for ${item.delay} s, because it failed`, held: 'delayed' }
  return { waits: `${wait} for an offer` }
}

/** The tasks by host, sorted by name. @param name gives the inventory's name of a Mesos agent's hostname */
export function hostTasks(
  { app, now }: Pick<Look, 'app' | 'now'>,
  name: (hostname: string) => string,
): readonly HostTasks[] {
  const hosts = new Map<string, { old: number; fresh: number; healthy: number }>()
  const add = (tasks: readonly MarathonTask[], key: 'old' | 'fresh'): void => {
    for (const task of tasks) {
      const host = name(task.host)
      const counts = hosts.get(host) ?? { old: 0, fresh: 0, healthy: 0 }
      hosts.set(host, counts)
      counts[key] += 1
      if (key === 'fresh' && isWell(task, app.definition)) counts.healthy += 1
    }
  }
  add(now.old, 'old')
  add(now.fresh, 'fresh')
  return [...hosts].map(([host, counts]) => ({ host, ...counts })).sort((a, b) => (a.host < b.host ? -1 : 1))
}

/** Does the app have exactly the tasks of its definition, all healthy? */
const isWhole = ({ app, now }: Pick<Look, 'app' | 'now'>): boolean =>
  now.old.length === 0 &&
  now.waiting.length === 0 &&
  now.queued === 0 &&
  now.fresh.length === app.instances &&
  now.fresh.every((task) => isWell(task, app.definition))

/** Whether the app is as wanted, and no deployment is under way. */
export const isDone = (look: Pick<Look, 'app' | 'now'>): boolean => look.app.deployments.length === 0 && isWhole(look)

/** Only Marathon's own deployment has not ended. There is nothing to roll back: the wanted version is serving. */
export const isStuck = (look: Pick<Look, 'app' | 'now'>): boolean => look.app.deployments.length > 0 && isWhole(look)

/** Why tasks ended, as far as is known. Marathon does not call it a failure when a Mesos check kills a task. */
function endedBy({ definition, lastFailure, configVersion }: MarathonApp, { fresh }: Situation): string {
  if (lastFailure !== undefined && lastFailure.version >= configVersion) return `: ${lastFailure.message}`
  if (!mesosChecks(definition)) return ''
  const { protocol, path } = object(list(definition.healthChecks)[0])
  const check = `${protocol}${path === undefined ? '' : ` ${path}`}`
  return fresh.some((task) => isWell(task, definition))
    ? `: they did not fail, so perhaps they were killed for their health check, ${check}`
    : `: none passed its health check, ${check}`
}

/** Why a deployment has failed; `undefined` while it may still succeed. */
export function verdict(
  progress: Progress,
  { app, now, at, queue }: Look,
  { deadline, failures }: Limits,
  name: string,
): string | undefined {
  const ended = failuresOf(progress)
  if (ended >= failures) {
    return `${ended} tasks of ${name} ended${endedBy(app, now)}`
  }
  if (at - progress.since < deadline || isDone({ app, now })) return undefined
  const well = now.fresh.filter((task) => isWell(task, app.definition)).length
  const waiting = waitsFor(app.id, queue)
  const reached =
    well === 0
      ? `${name} did not become healthy in ${deadline / 1000} s`
      : `only ${well} of ${app.instances} tasks of ${name} are healthy, and no more were for ${deadline / 1000} s`
  return waiting ? `${reached} (${waiting.waits})` : reached
}
