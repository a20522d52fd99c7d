import { MarathonAwayError, MarathonError } from '../clients/marathon.ts'
import { queue } from '../lib/wait/queue.ts'
import type { Clean } from '../model/clean.ts'
import type { Finding } from './check/rule.ts'
import type { DeployEvent, DeployOutcome, DeployResult } from './events.ts'
import type { LiveCluster } from './live-cluster.ts'
import type { DeployOptions, DeployRun } from './options.ts'
import type { Ended, Named } from './rollout/deployment.ts'
import { lockedWords } from './rollout/other-deployments.ts'
import { LeftError, RefusedError, type Run } from './rollout/run.ts'

/** How many seconds a new version may go without progress, not counting its checks' grace period. */
const DEADLINE = 180
const FAILURES = 3
/**
 * How many milliseconds Marathon may be unreachable: a killed leader is replaced after 11 s, a single one restarts in 5
 * to 25 s.
 */
const PATIENCE = 120_000

const never = (): AbortSignal => new AbortController().signal

const EXIT: Readonly<Record<DeployOutcome, DeployResult['exitCode']>> = {
  live: 0,
  unchanged: 0,
  removed: 0,
  absent: 0,
  balanced: 0,
  level: 0,
  present: 2,
  uneven: 2,
  unserved: 1,
  refused: 1,
  failed: 1,
  left: 1,
  unreachable: 4,
}

/** The outcome for an error. @throws errors that are bugs of ours */
function endedBy(error: unknown, app: string): Pick<DeployResult, 'outcome' | 'reason'> {
  if (error instanceof RefusedError) return { outcome: 'refused', reason: error.message }
  if (error instanceof LeftError) return { outcome: 'left', reason: error.message }
  if (error instanceof MarathonAwayError) return { outcome: 'unreachable', reason: error.message }
  const locked = lockedWords(app, error)
  if (locked !== undefined) return { outcome: 'refused', reason: locked }
  if (error instanceof MarathonError)
    return { outcome: error.status === 422 || error.status === 400 ? 'refused' : 'failed', reason: error.message }
  throw error
}

/** Cleans every string inside a value for display. */
function scrub(value: unknown, clean: Clean): unknown {
  if (typeof value === 'string') return clean(value)
  if (Array.isArray(value)) return value.map((each) => scrub(each, clean))
  if (typeof value !== 'object' || value === null) return value
  return Object.fromEntries(Object.entries(value).map(([key, each]) => [key, scrub(each, clean)]))
}

const scrubbed = <T>(value: T, clean: Clean): T => scrub(value, clean) as T

/** What a run does. It reports the names of the versions and the findings. */
export type Procedure = (
  run: Run,
  named: (names: Named) => void,
  note: (found: readonly Finding[]) => void,
) => Promise<Ended>

/**
 * Runs a procedure on a cluster, and always returns a result. Marathon's answers may contain secrets of the definition;
 * `clean` removes them.
 */
export function runProcedure(
  cluster: LiveCluster,
  app: string,
  procedure: Procedure,
  options: Omit<DeployOptions, 'transport'> & { readonly grace?: number },
  clean: Clean = (text) => text,
): DeployRun {
  const events = queue<DeployEvent>()
  const began = cluster.now()
  const now = (): number => Math.round(cluster.now() - began)
  const run: Run = {
    cluster,
    deadline: (options.deadline ?? DEADLINE + (options.grace ?? 0)) * 1000,
    failures: options.failures ?? FAILURES,
    patience: PATIENCE,
    wait: options.wait ?? false,
    allow: new Set(options.allow),
    signal: options.signal ?? never(),
    leave: options.leave ?? never(),
    emit: (event) => events.push(scrubbed({ at: now(), ...event }, clean)),
  }
  const stopping = (): void =>
    run.emit({ event: 'stopping', reason: 'what must not be left half done is finished first' })
  run.signal.addEventListener('abort', stopping, { once: true })
  const whole = async (): Promise<DeployResult> => {
    let names: Named = { to: '' }
    let found: readonly Finding[] = []
    const ended = await procedure(
      run,
      (given) => {
        names = given
      },
      (given) => {
        found = given
      },
    ).catch((error) => ({ instances: 0, ...endedBy(error, app) }))
    const result: DeployResult = scrubbed(
      { app, ...names, ...ended, findings: found, ms: now(), exitCode: EXIT[ended.outcome] },
      clean,
    )
    run.emit({ event: 'done', ...result })
    return result
  }
  const result = whole().finally(() => {
    run.signal.removeEventListener('abort', stopping)
    events.end()
  })
  result.catch(() => undefined) // a caller may read all events before it awaits the result
  return { result, [Symbol.asyncIterator]: () => events[Symbol.asyncIterator]() }
}
