/** The only code that decides whether a task is healthy: for deploy, scale, status, drains, gates and the registrar. */

/** `unknown`: no witness has said anything. That never means "not healthy". */
export type TaskHealth = 'healthy' | 'unhealthy' | 'unknown'

/** What witnesses other than Marathon say about a task's health; absent: the witness knows nothing. */
export interface Others {
  /** Mesos, which runs checks with the protocols MESOS_… and COMMAND. */
  readonly mesos?: boolean
  /** The app itself, sent the same request as its check. */
  readonly app?: boolean
  /** HAProxy's own check. */
  readonly haproxy?: boolean
}

/** Everything that is known about the health of a task. */
export interface Witnesses extends Others {
  readonly running: boolean
  /** Does its app have health checks? */
  readonly checked: boolean
  readonly marathon?: boolean | undefined
}

/** The result of a check, as Marathon lists it. Times are in milliseconds since 1970. */
export interface CheckResult {
  readonly alive: boolean
  readonly lastSuccess: number | undefined
}

/**
 * What Marathon's results say about a task; `undefined` if nothing: some check has no result (after a change of leader
 * it may never have one again), or its result belongs to an earlier task.
 */
export function marathonSays(
  results: readonly CheckResult[],
  checks: number,
  startedAt: number | undefined,
): boolean | undefined {
  if (results.some(({ alive }) => !alive)) return false
  if (checks === 0 || results.length < checks) return undefined
  return results.every(({ lastSuccess = 0 }) => lastSuccess >= (startedAt ?? Number.POSITIVE_INFINITY))
    ? true
    : undefined
}

/** A state of a task, as Mesos lists it. */
export interface MesosStatus {
  readonly state?: unknown
  readonly timestamp?: unknown
  readonly healthy?: unknown
}

/** What Mesos' statuses say about a task; `undefined` if its check has no outcome yet, or Mesos runs no check. */
export function mesosSays(statuses: readonly MesosStatus[]): boolean | undefined {
  const running = statuses.filter(({ state }) => state === 'TASK_RUNNING')
  const newest = [...running].sort((a, b) => Number(b.timestamp) - Number(a.timestamp))
  return newest.map(({ healthy }) => healthy).find((healthy) => typeof healthy === 'boolean')
}

/** A task's health. Marathon decides if it knows it; then Mesos, then the app itself, then HAProxy. */
export function taskHealth({ running, checked, marathon, mesos, app, haproxy }: Witnesses): TaskHealth {
  if (!running) return 'unknown'
  if (!checked) return 'healthy'
  const word = [marathon, mesos, app, haproxy].find((said) => said !== undefined)
  if (word === undefined) return 'unknown'
  return word ? 'healthy' : 'unhealthy'
}

/**
 * Does a task answer requests, healthy or not? One that does must not be stopped before another one does; `undefined`:
 * unknown.
 */
export function answers(said: Witnesses): boolean | undefined {
  if (!said.running) return false
  const health = taskHealth(said)
  return said.app ?? said.haproxy ?? (health === 'unknown' ? undefined : health === 'healthy')
}
