import { MarathonError, type StoredVersion } from '../../clients/marathon.ts'
import type { Definition, MarathonApp, MarathonTask } from '../../clients/marathon-answers.ts'
import { nameOf } from '../app/version.ts'
import type { Look } from './progress.ts'
import type { Goal } from './rollback-steps.ts'
import { deploymentsOf, look, patiently, pause, RefusedError, type Run } from './run.ts'
import { isSick, settleOf } from './situation.ts'

/** Waives the refusal that another deployment is under way. */
const TAKE_OVER = 'running-deployment'

/**
 * Makes sure that no other deployment of the app is under way, or waits for it if the user asked for that.
 * @param end what ends a stuck deployment
 * @returns true if one is under way and is to be taken over
 * @throws RefusedError that names the deployment
 */
export async function awaitOtherDeployments(
  run: Run,
  id: string,
  end = `go back to a version: provision deploy --to VERSION ${id} --allow ${TAKE_OVER}`,
): Promise<boolean> {
  let told = ''
  for (;;) {
    const [deployment] = await deploymentsOf(run, id)
    if (deployment === undefined) return false
    if (run.allow.has(TAKE_OVER)) return true
    const what = `the deployment ${deployment.id} of ${deployment.apps.join(', ')} (${deployment.doing})`
    if (!run.wait) throw new RefusedError(`${what} is under way. Wait for it with --wait. If it is stuck, ${end}`)
    if (told !== what) run.emit({ event: 'waiting', for: what })
    told = what
    await pause(run, run.signal)
  }
}

/** The sentence for a change that Marathon refused because a deployment has locked the app; undefined for others. */
export const lockedWords = (id: string, error: unknown): string | undefined =>
  error instanceof MarathonError && error.status === 409
    ? `another deployment of ${id} began at the same moment: ${error.message}`
    : undefined

/** An unfinished rollback and its goal. */
export interface Unfinished {
  readonly goal: Goal
  readonly name: string
}

/** The version that a still-running task of the old version belongs to, with its last number of instances. */
async function before(run: Run, app: MarathonApp, task: string): Promise<Unfinished | undefined> {
  const { marathon } = run.cluster
  const stored = await patiently(run, () => marathon.version(app.id, task))
  if (stored === undefined) return undefined
  const versions = (await patiently(run, () => marathon.versions(app.id))).filter(
    (version) => version < app.configVersion && version >= task,
  )
  let last: StoredVersion = stored
  // Newest first. Refused changes are stored too, but have another definition.
  for (const version of versions) {
    const each = await patiently(run, () => marathon.version(app.id, version))
    if (each?.configVersion !== stored.configVersion) continue
    last = each
    break
  }
  return {
    goal: { definition: last.definition, instances: last.instances },
    name: nameOf(last.definition, last.version),
  }
}

/**
 * Finds a rollback that was left half done: tasks of an older definition serve, the stored definition is that of the
 * failed version, and no deployment changes that. Reads everything from Marathon, because the rollback may have been
 * started on another machine.
 * @param taken a deployment is under way and is being taken over: roll back to its old tasks
 */
export async function unfinished(run: Run, { app, now }: Look, taken: boolean): Promise<Unfinished | undefined> {
  if (app.deployments.length > 0 && !taken) return undefined
  const settle = settleOf(app)
  if (settle !== undefined && (taken || app.instances > settle))
    return { goal: { definition: app.definition, instances: settle }, name: nameOf(app.definition, app.version) }
  const version = served(now.old, app.definition)
  return version === undefined ? undefined : before(run, app, version)
}

/** The version that most tasks have, without sick ones; the oldest if several have as many. */
function served(tasks: readonly MarathonTask[], definition: Definition): string | undefined {
  const counts = new Map<string, number>()
  for (const task of [...tasks].sort((a, b) => (a.version < b.version ? -1 : 1)))
    counts.set(task.version, (counts.get(task.version) ?? 0) + (isSick(task, definition) ? 0 : 1))
  return [...counts].sort(([, a], [, b]) => b - a)[0]?.[0]
}

/** Looks at the app again after a change. @throws RefusedError if it no longer exists */
export async function still(run: Run, id: string): Promise<Look> {
  const seen = await look(run, id)
  if (seen === undefined) throw new RefusedError(`${id} was removed meanwhile`)
  return seen
}
