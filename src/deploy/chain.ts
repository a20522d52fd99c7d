import { BrokenChainError, type Carried, CHAIN, carried, NONE_IS_MISSED } from '../balancing/chain.ts'
import type { Definition } from '../clients/marathon-answers.ts'
import { timeLimit } from '../lib/wait/time-limit.ts'
import { still } from './rollout/other-deployments.ts'
import type { Look } from './rollout/progress.ts'
import { LeftError, patiently, pause, RefusedError, type Run } from './rollout/run.ts'
import { entranceOf } from './rollout/serving.ts'
import { instancesOf } from './rollout/situation.ts'

/** How many milliseconds a registrar or consul-template that has just started needs to become healthy. */
const PATIENCE = 10_000

/** What keeps new tasks of an app from the HAProxies, one sentence per host; empty if the app is not behind them. */
export const broken = async (run: Run, definition: Definition): Promise<readonly string[]> =>
  entranceOf(definition) === undefined || run.allow.has(CHAIN) ? [] : run.cluster.broken()

/**
 * Makes sure that new tasks of an app will get requests.
 * @throws RefusedError that says where they would not
 */
export async function mustBeCarried(run: Run, definition: Definition, patience = PATIENCE): Promise<Carried> {
  try {
    return await carried({
      allow: run.allow,
      broken: () => broken(run, definition),
      patience,
      pause: () => pause(run, run.signal),
      now: run.cluster.now,
    })
  } catch (error) {
    if (error instanceof BrokenChainError) throw new RefusedError(`${error.message}.`)
    throw error
  }
}

/** Proof that new tasks get requests at this moment; `undefined` if they do not. */
export const carriedNow = (run: Run, definition: Definition): Promise<Carried | undefined> =>
  mustBeCarried(run, definition, 0).catch((error) => {
    if (error instanceof RefusedError) return undefined
    throw error
  })

/**
 * Stops a rollout where it is: once the app has as many instances as there are tasks of both versions, Marathon has
 * none to kill, because it counts tasks of either version.
 */
export async function halt(run: Run, id: string): Promise<Look> {
  const seen = await still(run, id)
  const all = instancesOf(seen.now)
  // asking for the current number would change nothing, and the rollout would continue
  const instances = all === seen.app.instances ? all + 1 : all
  await patiently(run, () => run.cluster.marathon.changes(NONE_IS_MISSED).scale(id, instances, { force: true }))
  return seen
}

/** How a rollout was left that nobody carries on. */
export const leftAs = (name: string, { now }: Pick<Look, 'now'>): string =>
  `${name} was stopped where it was, so that no old task ends: ${now.old.length} old and ${now.fresh.length} new tasks run.`

/**
 * Says that a rollout is held, because its new tasks would get no requests.
 * @returns what to report if it stays so
 */
export function hold(run: Run, name: string, reason: string, seen: Look): string {
  run.emit({ event: 'back', says: `holds ${name} where it is, since new tasks would get no requests\n${reason}` })
  return `new tasks get no requests any more\n${reason}\n${leftAs(name, seen)} Mend that (provision status), and deploy again.`
}

/**
 * Waits until a held rollout may continue.
 * @param held what to report if the run stops waiting
 * @returns `undefined` if the chain is still broken after the deadline
 * @throws LeftError
 */
export async function wholeAgain(run: Run, definition: Definition, held: string): Promise<Carried | undefined> {
  const isLast = timeLimit(run.deadline, run.cluster.now)
  run.emit({ event: 'waiting', for: 'registrar and consul-template to be healthy on every slave' })
  for (;;) {
    const last = isLast()
    const word = await carriedNow(run, definition)
    if (word !== undefined || last) return word
    await pause(run, run.signal).catch(() => {
      throw new LeftError(`stopped as asked: ${held}`)
    })
  }
}
