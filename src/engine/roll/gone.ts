/** Hosts that are to leave and do not answer: the others forget them once a user has confirmed that they are gone. */
import { message, sentence } from '../../lib/message.ts'
import type { Step } from '../../model/plan.ts'
import { recipesOf } from '../../model/recipes-of.ts'
import { TransportError } from '../../transport/transport.ts'
import type { Context } from '../context.ts'
import { look } from '../converge.ts'
import type { HostRun } from '../host-run.ts'
import { quorumsOf, type Way } from './way.ts'

/** The waiver that confirms that a silent host is gone for good. */
const GONE = 'gone'

/** Does the host count as gone if it does not answer? */
export const mayBeGone = ({ host, context }: HostRun): boolean => host.retire === true && context.allow.has(GONE)

/** Observes a host, unless it is gone. */
export async function lookOrGone(run: HostRun): Promise<void> {
  try {
    await run.connection()
  } catch (error) {
    if (error instanceof TransportError) run.gone = error.message
  }
  if (run.gone === undefined) await look(run)
}

/**
 * Silent members that are to leave may still be running, so the others must not forget them by mistake.
 * @returns whether the run is refused
 */
export function refusesSilent(way: Way | undefined, open: readonly HostRun[], { allow }: Context): boolean {
  if (way === undefined || way.silent.length === 0 || allow.has(GONE)) return false
  const [who, it, is] =
    way.silent.length === 1 ? [way.silent[0], 'it', 'is'] : [way.silent.join(' and '), 'they', 'are']
  for (const run of open)
    run.finish(
      'refused',
      `${who}, which ${is} to leave, cannot be looked at. If ${it} ${is} gone for good, and never ${it === 'it' ? 'comes' : 'come'} back, use --allow ${GONE}: the others forget ${it === 'it' ? 'it' : 'them'} then.`,
    )
  return true
}

/** A member only leaves in stages; without stages it may go if the others do not know it any more. */
export function refuseAlone(
  runs: readonly HostRun[],
  steps: ReadonlyMap<string, readonly Step[]>,
  { cluster }: Context,
): void {
  const known = (name: string): readonly string[] =>
    quorumsOf(cluster).flatMap(({ membership }) => {
      const now = membership?.now?.(cluster, steps)
      return membership?.now !== undefined && (now === undefined || now.includes(name)) ? [membership.title] : []
    })
  for (const run of runs.filter(({ host, plan, decision }) => host.retire && decision !== undefined && !plan.inSync)) {
    const own = quorumsOf(cluster).some(({ name, membership }) => membership?.now !== undefined && run.has(name))
    const titles = own ? known(run.name) : []
    if (titles.length > 0)
      run.finish(
        'refused',
        `it leaves ${titles.join(' and ')} in stages: run provision over all hosts, without a plan file, while every member answers`,
      )
  }
}

/** What `plan` says of a host that is gone. */
export function planGone(run: HostRun): void {
  if (run.gone !== undefined) run.finish('planned', `counts as gone, and is forgotten by the others: ${run.gone}`)
}

/**
 * Makes the others forget the hosts that are gone. Those that left by themselves are forgotten already, except for
 * traces that nothing depends on.
 */
export async function forgetGone(runs: readonly HostRun[]): Promise<void> {
  const well = runs.filter(
    ({ host, result }) => !host.retire && (result?.outcome === 'in-sync' || result?.outcome === 'changed'),
  )
  for (const run of runs.filter(({ host, result }) => host.retire && result?.outcome === 'changed'))
    await forget(run, well).catch(() => undefined)
  for (const run of runs) {
    const { gone } = run
    if (gone === undefined) continue
    try {
      await forget(run, well)
      run.finish(
        'changed',
        `The others have forgotten it: take it out of the inventory. (It does not answer: ${sentence(gone)})`,
      )
    } catch (error) {
      run.finish('failed', `it is not forgotten by all others: ${sentence(message(error))} Run the same command again.`)
    }
  }
}

async function forget({ host, context }: HostRun, well: readonly HostRun[]): Promise<void> {
  for (const { name, farewell } of recipesOf(host, context.cluster.roles)) {
    if (farewell?.forget === undefined) continue
    const asked = well.find((each) => each.has(name)) ?? well[0]
    if (asked === undefined) throw new Error('no healthy host in this run could tell the others')
    await farewell.forget(asked.turn(), host)
  }
}
