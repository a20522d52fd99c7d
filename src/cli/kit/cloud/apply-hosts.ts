import type { Outcome, RunResult } from '../../../engine/events.ts'
import { type InventoryHost, isApart } from '../../../model/host.ts'
import type { Io } from '../../io.ts'
import type { Chosen } from '../chosen-hosts.ts'
import { type RunMore, runHosts } from '../run-hosts.ts'

/** The flags of a run that changes hosts. */
export type ApplyFlags = Parameters<typeof runHosts>[1]

/** Outcomes after which a host may get traffic. */
const GREEN: ReadonlySet<Outcome> = new Set(['changed', 'in-sync'])

/** Does the cloud need to know when it is healthy? */
const isNew = (host: InventoryHost): boolean => isApart(host) || host.awaited === true

/**
 * Configures the selected hosts and shows the run. Hosts behind balancers are detached during their turns; at the end,
 * healthy hosts that are not targets yet are attached, and members that their groups wait for enter service.
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
