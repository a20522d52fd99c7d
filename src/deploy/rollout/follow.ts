import type { MarathonApp, TaskFailure } from '../../clients/marathon-answers.ts'
import { nameOf } from '../app/version.ts'
import { startsAnew } from '../never-started.ts'
import {
  advance,
  hostTasks,
  isDone,
  isSteady,
  isStuck,
  type Look,
  noProgress,
  verdict,
  WATCHED,
  waitsFor,
} from './progress.ts'
import type { Met } from './requests.ts'
import { LeftError, look, PAUSE, type Prober, pause, type Run } from './run.ts'
import { incarnation, isWell } from './situation.ts'

/** The last lines of a task's standard error, and the task's host. */
export interface Words {
  readonly host: string
  readonly lines: readonly string[]
}

/** How following a new version ended. */
export type Followed =
  | { readonly ok: true; readonly seen: Look }
  | {
      readonly ok: false
      readonly reason: string
      readonly words?: Words
      readonly seen: Look | undefined
      /** Its tasks may be healthy, but the HAProxies send them nothing. */
      readonly unserved?: boolean
      /** New tasks would get no requests at the moment, so Marathon must not kill old ones. */
      readonly held?: boolean
      /** See {@link Met}. */
      readonly cut?: boolean
    }

/** The rollout to follow. */
export interface Following {
  readonly id: string
  /** The version's name. */
  readonly name: string
  /** The version of the definition that was sent. If it changes, somebody else has changed the app. */
  readonly config: string
  /** The number of instances that was sent, if that is what the change is about: likewise. */
  readonly instances?: number
  /** The app before the deployment. */
  readonly before: MarathonApp | undefined
  readonly prober: Prober
  /** Checks the requests while old tasks still serve, and returns why the version has failed. */
  readonly beside?: (seen: Look) => Promise<Met | undefined>
}

/** Reports progress whenever it changes. `steady`: no task of the version has ended lately. */
export function reporter(run: Run, phase: 'forward' | 'back'): (seen: Look, steady?: boolean) => void {
  let last = ''
  return ({ app, now, queue }, steady = true) => {
    const hosts = hostTasks({ app, now }, (hostname) => run.cluster.name(hostname))
    const healthy = now.fresh.filter((task) => isWell(task, app.definition)).length
    const told = {
      event: 'rolling' as const,
      phase,
      healthy,
      of: app.instances,
      old: now.old.length,
      hosts,
      ...(isDone({ app, now }) && !steady ? { waits: WATCHED } : waitsFor(app.id, queue)),
    }
    const key = JSON.stringify(told)
    if (key !== last) run.emit(told)
    last = key
  }
}

/** Reports each failure of a new task, with its last lines. */
function failureTeller(run: Run, before: MarathonApp | undefined): (app: MarathonApp) => Promise<Words | undefined> {
  let [last, words]: [string, Words | undefined] = [before?.lastFailure?.timestamp ?? '', undefined]
  return async (app) => {
    const failure: TaskFailure | undefined = app.lastFailure
    if (failure === undefined || failure.timestamp === last || failure.version < app.configVersion) return words
    last = failure.timestamp
    const host = run.cluster.name(failure.host)
    const lines = await run.cluster.lastWords({ id: failure.taskId, host: failure.host })
    if (lines.length > 0) words = { host, lines }
    run.emit({ event: 'task-failed', host, task: failure.taskId, says: failure.message, lines })
    return words
  }
}

/**
 * The last lines of a task that is not healthy: one that runs, or one that ended without Marathon calling it a failure
 * (a Mesos check killed it).
 */
async function anyWords(run: Run, { app, now }: Look): Promise<Words | undefined> {
  for (const task of [...now.fresh.filter((each) => !isWell(each, app.definition)), ...now.waiting].slice(0, 2)) {
    const lines = await run.cluster.lastWords(task)
    if (lines.length > 0) return { host: run.cluster.name(task.host), lines }
  }
  return undefined
}

/** What continues when the tool stops following. */
function goesOn({ id, config, before }: Following, seen: Look | undefined): LeftError {
  const healthy = seen?.now.fresh.filter((task) => isWell(task, seen.app.definition)).length ?? 0
  const how = `stopped following: Marathon goes on by itself (${healthy} of ${seen?.app.instances ?? '?'} healthy)`
  if (before === undefined || before.configVersion === config) return new LeftError(`${how}.`)
  const from = nameOf(before.definition, before.version)
  return new LeftError(
    `${how}. It is not rolled back if it fails; to roll back: provision deploy --to ${from} ${id} --allow running-deployment`,
  )
}

/** The message for a version that serves while its deployment never ends. */
const neverEnds = ({ app }: Look, name: string): string =>
  `all ${app.instances} tasks of ${name} are healthy, but Marathon does not end its deployment ${app.deployments.join(', ')}: they are left as they are. To end it: provision deploy --to ${name} ${app.id} --allow running-deployment`

/** Follows a new version until it is live or has failed. @throws LeftError, MarathonAwayError */
export async function follow(run: Run, following: Following): Promise<Followed> {
  const { id, name, config, before, prober } = following
  const known = new Set((before?.tasks ?? []).map((task) => incarnation(task.id).instance))
  const report = reporter(run, 'forward')
  const tell = failureTeller(run, before)
  const startAnew = startsAnew(run)
  let again: ReadonlyMap<string, number> = new Map()
  let at = run.cluster.now()
  let progress = noProgress(at)
  let last: Look | undefined
  for (;;) {
    if (run.signal.aborted) throw goesOn(following, last)
    const seen = await look(run, id, run.signal)
    last = seen
    if (seen === undefined) return { ok: false, reason: `${id} was removed meanwhile`, seen }
    if (seen.app.configVersion !== config)
      return {
        ok: false,
        reason: `${id} has meanwhile been changed by somebody else: its definition is now from ${seen.app.configVersion}`,
        seen: undefined,
      }
    if (following.instances !== undefined && seen.app.instances !== following.instances)
      return {
        ok: false,
        reason: `somebody else has meanwhile scaled ${id} to ${seen.app.instances}`,
        seen: undefined,
      }
    // Nothing could be observed while Marathon was away, so that time does not count.
    const silence = seen.at - at > 10 * PAUSE ? seen.at - at : 0
    at = seen.at
    progress = advance({ ...progress, since: progress.since + silence }, seen, known, again)
    const steady = isSteady(progress, at)
    report(seen, steady)
    if (isDone(seen) && steady) return { ok: true, seen }
    const words = await tell(seen.app)
    again = await startAnew(seen)
    const reason = verdict(progress, seen, run, name)
    if (reason !== undefined && isStuck(seen)) return { ok: false, reason: neverEnds(seen, name), seen: undefined }
    if (reason !== undefined) {
      const said = words ?? (await anyWords(run, seen))
      return { ok: false, reason, ...(said ? { words: said } : {}), seen }
    }
    const met = await following.beside?.(seen)
    if (met !== undefined) return { ok: false, ...met, seen }
    await prober.ask()
    await pause(run, run.signal).catch((error) => {
      throw run.leave.aborted ? error : goesOn(following, seen)
    })
  }
}
