/**
 * The only place that says how a task is, from those who may know: for deploy, scale, status, drains, gates and the
 * registrar.
 */

/** `unknown`: nobody who could know has said anything. That never means "not healthy". */
export type TaskHealth = 'healthy' | 'unhealthy' | 'unknown'

/** What others than Marathon know about the health of a task. Whoever knows nothing is absent. */
export interface Others {
  /** Mesos, which carries out checks of the protocols MESOS_… and COMMAND. */
  readonly mesos?: boolean
  /** The app itself, asked for what its check asks. */
  readonly app?: boolean
  /** HAProxy's own check. */
  readonly haproxy?: boolean
}

/** Everything that is known about the health of a task. */
export interface Witnesses extends Others {
  readonly running: boolean
  /** Has its app health checks? */
  readonly checked: boolean
  readonly marathon?: boolean | undefined
}

/** The result of a check, as Marathon lists it. Times are in milliseconds since 1970. */
export interface CheckResult {
  readonly alive: boolean
  readonly lastSuccess: number | undefined
}

/**
 * What Marathon says of a task by the results that it lists; `undefined` if that is nothing: it has no result of
 * some check (after a change of its leader it may never have one again), or one of the task that was in this one's
 * place before.
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

/**
 * What Mesos says of a task by the states that it lists; `undefined` if its check has no outcome yet, or Mesos
 * carries out none.
 */
export function mesosSays(statuses: readonly MesosStatus[]): boolean | undefined {
  const running = statuses.filter(({ state }) => state === 'TASK_RUNNING')
  const newest = [...running].sort((a, b) => Number(b.timestamp) - Number(a.timestamp))
  return newest.map(({ healthy }) => healthy).find((healthy) => typeof healthy === 'boolean')
}

/** The health of a task. Marathon decides if it knows it; then Mesos, then the app itself, then HAProxy. */
export function taskHealth({ running, checked, marathon, mesos, app, haproxy }: Witnesses): TaskHealth {
  if (!running) return 'unknown'
  if (!checked) return 'healthy'
  const word = [marathon, mesos, app, haproxy].find((said) => said !== undefined)
  if (word === undefined) return 'unknown'
  return word ? 'healthy' : 'unhealthy'
}

/**
 * Whether a task answers requests, healthy or not. One that does must not be stopped before another one does;
 * `undefined`: nobody knows.
 */
export function answers(said: Witnesses): boolean | undefined {
  if (!said.running) return false
  const health = taskHealth(said)
  return said.app ?? said.haproxy ?? (health === 'unknown' ? undefined : health === 'healthy')
}
