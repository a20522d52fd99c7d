import { MarathonAwayError, MarathonError } from '../cluster/marathon.ts'
import { cleaner, secretsIn } from '../engine/clean.ts'
import { queue } from '../engine/queue.ts'
import type { Cluster } from '../inventory/cluster.ts'
import type { Transport } from '../transport/transport.ts'
import type { App } from './app-file.ts'
import { appId } from './app-file.ts'
import type { Finding } from './check.ts'
import { deployment, type Ended, type Named } from './deploy.ts'
import type { DeployEvent, DeployOutcome, DeployResult } from './events.ts'
import { readImageFile } from './image-file.ts'
import { reach } from './reach.ts'
import { LeftError, RefusedError, type Run } from './run.ts'
import { scaling } from './scale.ts'
import type { World } from './world.ts'

/** What a deployment or a scaling may be told. */
export interface DeployOptions {
  readonly transport: Transport
  /** Seconds without progress after which the new version has failed; default 180 and the longest grace period of its health checks. */
  readonly deadline?: number
  /** So many ends of new tasks, and it has failed; default 3. */
  readonly failures?: number
  /** Wait for other deployments of the app instead of giving up at once. */
  readonly wait?: boolean
  /** Names of refusals that are waived. */
  readonly allow?: readonly string[]
  /** Aborted: follow no further; Marathon goes on by itself. A way back is brought to a safe place first. */
  readonly signal?: AbortSignal
  /** Aborted: leave at once. */
  readonly leave?: AbortSignal
}

/** A deployment or a scaling under way: iterate over it for its events, await its `result`. */
export interface DeployRun extends AsyncIterable<DeployEvent> {
  readonly result: Promise<DeployResult>
}

/** Seconds that a new version gets without progress, its checks' grace period aside. */
const DEADLINE = 180
const FAILURES = 3
/** Milliseconds for which Marathon may be away: a leader that was killed is replaced after 11 s, a lone one starts in 5 to 25 s. */
const PATIENCE = 120_000

const never = (): AbortSignal => new AbortController().signal

/** The longest grace period of an app's health checks, in seconds: Marathon's default is 300, which nobody means. */
const gracePeriod = (app: App | undefined): number => {
  const checks = Array.isArray(app?.definition.healthChecks) ? app.definition.healthChecks : []
  return Math.max(0, ...checks.map((check: { gracePeriodSeconds?: number }) => check.gracePeriodSeconds ?? 0))
}

const EXIT: Readonly<Record<DeployOutcome, 0 | 1 | 4>> = {
  live: 0,
  unchanged: 0,
  unserved: 1,
  refused: 1,
  failed: 1,
  left: 1,
  unreachable: 4,
}

/** What an error means for the result. @throws those that are nobody's mistake but ours */
function endedBy(error: unknown): Pick<DeployResult, 'outcome' | 'reason'> {
  if (error instanceof RefusedError) return { outcome: 'refused', reason: error.message }
  if (error instanceof LeftError) return { outcome: 'left', reason: error.message }
  if (error instanceof MarathonAwayError) return { outcome: 'unreachable', reason: error.message }
  if (error instanceof MarathonError)
    return { outcome: error.status === 422 || error.status === 400 ? 'refused' : 'failed', reason: error.message }
  throw error
}

/** What is done, given a run; tells what versions are called and what was found. */
type Work = (run: Run, named: (names: Named) => void, note: (found: readonly Finding[]) => void) => Promise<Ended>

/** Runs some work on a world, and makes a result of however it ends. For tests; programs use {@link deploy} and {@link scale}. */
export function runOn(
  world: World,
  app: string,
  work: Work,
  options: Omit<DeployOptions, 'transport'> & { readonly grace?: number },
): DeployRun {
  const events = queue<DeployEvent>()
  const began = world.now()
  const now = (): number => Math.round(world.now() - began)
  const run: Run = {
    world,
    deadline: (options.deadline ?? DEADLINE + (options.grace ?? 0)) * 1000,
    failures: options.failures ?? FAILURES,
    patience: PATIENCE,
    wait: options.wait ?? false,
    allow: new Set(options.allow),
    signal: options.signal ?? never(),
    leave: options.leave ?? never(),
    emit: (event) => events.push({ at: now(), ...event } as DeployEvent),
  }
  const stopping = (): void => run.emit({ event: 'stopping', reason: 'what must not be left half done is finished first' })
  run.signal.addEventListener('abort', stopping, { once: true })
  const whole = async (): Promise<DeployResult> => {
    let names: Named = { to: '' }
    let found: readonly Finding[] = []
    const ended = await work(
      run,
      (given) => {
        names = given
      },
      (given) => {
        found = given
      },
    ).catch((error) => ({ instances: 0, ...endedBy(error) }))
    const result: DeployResult = { app, ...names, ...ended, findings: found, ms: now(), exitCode: EXIT[ended.outcome] }
    run.emit({ event: 'done', ...result })
    return result
  }
  const result = whole().finally(() => {
    run.signal.removeEventListener('abort', stopping)
    events.end()
  })
  result.catch(() => undefined) // an iterator may be read to its end before anybody awaits the result
  return { result, [Symbol.asyncIterator]: () => events[Symbol.asyncIterator]() }
}

function start(
  cluster: Cluster,
  app: string,
  work: Work,
  options: DeployOptions & { readonly grace?: number },
  secrets: App['secrets'] = [],
): DeployRun {
  const clean = cleaner([...secrets, ...cluster.hosts.flatMap((host) => [...secretsIn(host.vars)])])
  const world = reach(cluster, options.transport, clean)
  const checked: Work = (...given) => {
    if (cluster.withRecipe('marathon').length === 0) throw new RefusedError('no host of the inventory runs Marathon (the recipe marathon)')
    return work(...given)
  }
  const run = runOn(world, app, async (...given) => checked(...given), options)
  run.result.catch(() => undefined).finally(() => world.close())
  return run
}

/** An app file and, where it does not come from a registry, the file that `docker save` wrote of its image. */
export interface DeployApp {
  readonly app: App
  readonly image?: string
}

/** An older version that Marathon keeps: by the name that people call it, or by its timestamp. */
export interface DeployVersion {
  readonly id: string
  readonly to: string
}

/**
 * Makes a version of an app live, and goes back where it fails; docs/deploy.md says how.
 * The result never rejects because of a cluster: it has an outcome and a reason.
 */
export function deploy(cluster: Cluster, what: DeployApp | DeployVersion, options: DeployOptions): DeployRun {
  if ('to' in what) {
    const id = appId(what.id)
    return start(cluster, id, (run, named, note) => deployment(run, { id, to: what.to }, named, note), options)
  }
  const { app, image } = what
  const work: Work = async (run, named, note) =>
    deployment(run, { app, ...(image === undefined ? {} : { image: await readImageFile(image) }) }, named, note)
  return start(cluster, app.id, work, { ...options, grace: gracePeriod(app) }, app.secrets)
}

/** Makes the number of an app's tasks another one. The result never rejects because of a cluster. */
export function scale(cluster: Cluster, app: string, instances: number, options: DeployOptions): DeployRun {
  const id = appId(app)
  return start(cluster, id, (run, named) => scaling(run, id, instances, named), options)
}
