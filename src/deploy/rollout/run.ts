import { MarathonAwayError } from '../../clients/marathon.ts'
import type { Deployment, MarathonApp } from '../../clients/marathon-answers.ts'
import { withOthers } from '../../clients/witnesses.ts'
import { message } from '../../lib/message.ts'
import { timeLimit } from '../../lib/wait/time-limit.ts'
import type { DeployEvent, Probes } from '../events.ts'
import type { Balancer, LiveCluster } from '../live-cluster.ts'
import type { Look } from './progress.ts'
import { type Entrance, wrongAt } from './serving.ts'
import { situation } from './situation.ts'

/** What every step of a deployment or a scaling uses. */
export interface Run {
  readonly cluster: LiveCluster
  /** Milliseconds without progress after which a new version counts as failed. */
  readonly deadline: number
  /** How many new tasks may end before the version counts as failed. */
  readonly failures: number
  /**
   * How many milliseconds Marathon may be unreachable: 11 s until a lost leader is replaced, plus the successor's
   * start.
   */
  readonly patience: number
  /** Wait for other deployments instead of giving up. */
  readonly wait: boolean
  readonly allow: ReadonlySet<string>
  /** The app whose place the deployed one takes, as it was before. */
  readonly replaces?: MarathonApp
  /** When aborted, stops following, but first finishes what must not be left half done. */
  readonly signal: AbortSignal
  /** When aborted, returns at once. */
  readonly leave: AbortSignal
  emit(event: Events): void
}

type Without<T> = T extends unknown ? Omit<T, 'at'> : never
/** An event without its time. */
export type Events = Without<DeployEvent>

/** Milliseconds between two looks at the app. */
export const PAUSE = 1000

/**
 * How many milliseconds Marathon may be unreachable before anything was sent: a killed leader is replaced after 11 s.
 */
const FIRST = 30_000

/**
 * The first look at an app. It gives up sooner than later ones: the user is waiting, and nothing has been changed yet.
 */
export const firstLook = (run: Run, id: string): Promise<Look | undefined> => look(run, id, run.signal, FIRST)

/** The user has stopped the tool; Marathon continues on its own. */
export class LeftError extends Error {
  override readonly name = 'LeftError'
}

/** The change must not be made, or not now. The message is a sentence or several lines. */
export class RefusedError extends Error {
  override readonly name = 'RefusedError'
}

/** Waits for the next look. @throws LeftError if the signal (default: only `leave`) is aborted */
export async function pause(run: Run, signal: AbortSignal = run.leave): Promise<void> {
  const either = AbortSignal.any([signal, run.leave])
  await run.cluster.sleep(PAUSE, either).catch(() => undefined)
  if (either.aborted) throw new LeftError('left as asked')
}

/**
 * Retries a read-only operation while Marathon is unreachable (during an election).
 * @throws MarathonAwayError if that takes too long
 */
export async function patiently<T>(
  run: Run,
  work: () => Promise<T>,
  signal: AbortSignal = run.leave,
  patience = run.patience,
): Promise<T> {
  const isLast = timeLimit(patience, run.cluster.now)
  for (let told = false; ; ) {
    const last = isLast()
    try {
      const value = await work()
      if (told) run.emit({ event: 'again' })
      return value
    } catch (error) {
      if (!(error instanceof MarathonAwayError) || last) throw error
      if (!told) run.emit({ event: 'away', says: error.message })
      told = true
      await pause(run, signal)
    }
  }
}

/** Looks at an app; `undefined` if it does not exist. */
export async function look(run: Run, id: string, signal?: AbortSignal, patience?: number): Promise<Look | undefined> {
  const { marathon } = run.cluster
  const see = async (): Promise<Look | undefined> => {
    const found = await marathon.app(id)
    if (found === undefined) return undefined
    const app = await withOthers(found, run.cluster.others)
    const [queue, deployments] = [
      await marathon.queue(),
      app.deployments.length > 0 ? await marathon.deployments() : [],
    ]
    const scales = deployments.some(({ apps, doing }) => apps.includes(id) && /\bScaleApplication\b/.test(doing))
    return { app, queue, scales, now: situation(app, queue), at: run.cluster.now() }
  }
  return patiently(run, see, signal, patience)
}

/**
 * The app's deployments that are under way. Ask before each change: a change that Marathon refuses takes over the lock
 * of the deployment that it was refused for.
 */
export const deploymentsOf = (run: Run, id: string): Promise<readonly Deployment[]> =>
  patiently(
    run,
    async () => (await run.cluster.marathon.deployments()).filter(({ apps }) => apps.includes(id)),
    run.signal,
  )

/** Requests an app through the HAProxies again and again, to find out whether users would have noticed anything. */
export interface Prober {
  ask(): Promise<void>
  /** What is wrong with the current answers; `undefined` if nothing is. */
  wrong(): Promise<string | undefined>
  /** The HAProxies to ask: those that answered for the app at the start. */
  readonly watched: readonly Balancer[]
  readonly probes: Probes
}

/** A prober of those HAProxies that serve the app at the moment. */
export async function prober(balancers: readonly Balancer[], entrance: Entrance | undefined): Promise<Prober> {
  const one = async (balancer: Balancer): Promise<string | undefined> => {
    if (entrance === undefined) return undefined
    try {
      const wrong = await wrongAt(balancer, entrance)
      return wrong === undefined ? undefined : `${balancer.host} ${wrong.says}`
    } catch (error) {
      return `${balancer.host}: ${message(error)}`
    }
  }
  const watched: Balancer[] = []
  if (entrance !== undefined)
    await Promise.all(balancers.map(async (balancer) => (await one(balancer)) === undefined && watched.push(balancer)))
  let [asked, failed] = [0, 0]
  let first: string | undefined
  return {
    watched,
    async ask() {
      const answers = await Promise.all(watched.map(one))
      asked += answers.length
      const bad = answers.filter((answer) => answer !== undefined)
      failed += bad.length
      first ??= bad[0]
    },
    wrong: async () => (await Promise.all(watched.map(one))).find((answer) => answer !== undefined),
    get probes() {
      return { asked, failed, ...(first === undefined ? {} : { first }) }
    },
  }
}
