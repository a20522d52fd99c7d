import type { Outcome, RunResult } from '../../../engine/events.ts'
import { type InventoryHost, isApart } from '../../../model/host.ts'
import type { Io } from '../../io.ts'
import type { Chosen } from '../chosen-hosts.ts'
import { type RunMore, runHosts } from '../run-hosts.ts'

/** The flags of a run that changes hosts. */
export type ApplyFlags = Parameters<typeof runHosts>[1]

/** Outcomes of hosts that clients may be sent to. */
const GREEN: ReadonlySet<Outcome> = new Set(['changed', 'in-sync'])

/** Is there something to be said of it to the cloud once it is green? */
const isNew = (host: InventoryHost): boolean => isApart(host) || host.awaited === true

/**
 * Configures the selected hosts and shows it. Those behind balancers leave them for their turns, and those that are
 * green and no targets yet are attached at the end; then members of groups that were waited for begin to serve.
 */
export async function applyAll(
  flags: ApplyFlags,
  io: Io,
  more: Omit<RunMore, 'check'>,
): Promise<{ readonly run: RunResult; readonly exitCode: number }> {
  let hosts: readonly InventoryHost[] = []
  const check = (chosen: Chosen): void => {
    hosts = chosen.hosts
  }
  const run = await runHosts('apply', flags, io, { ...more, check })
  const green = new Set(run.hosts.flatMap(({ host, outcome }) => (GREEN.has(outcome) ? [host] : [])))
  const apart = hosts.filter((host) => green.has(host.name) && isNew(host)).map(({ name }) => name)
  if (apart.length === 0) return { run, exitCode: run.exitCode }
  const { attachHosts } = await import('./balance.ts')
  return { run, exitCode: Math.max(run.exitCode, await attachHosts(flags, io, apart)) }
}
