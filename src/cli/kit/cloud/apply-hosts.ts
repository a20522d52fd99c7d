import type { Outcome } from '../../../engine/events.ts'
import type { PlanFile } from '../../../engine/plan/plan-file.ts'
import { type InventoryHost, isApart } from '../../../model/host.ts'
import type { Io } from '../../io.ts'
import type { Chosen } from '../chosen-hosts.ts'
import { runHosts } from '../run-hosts.ts'

type Flags = Parameters<typeof runHosts>[1]

/** Outcomes of hosts that clients may be sent to. */
const GREEN: ReadonlySet<Outcome> = new Set(['changed', 'in-sync'])

/**
 * Configures the selected hosts and shows it. Those behind balancers leave them for their turns, and those that are
 * green and no targets yet are attached at the end. Gives the exit code.
 */
export async function applyHosts(flags: Flags, io: Io, planFile: PlanFile | undefined): Promise<number> {
  let hosts: readonly InventoryHost[] = []
  const check = (chosen: Chosen): void => {
    hosts = chosen.hosts
  }
  const run = await runHosts('apply', flags, io, { check, ...(planFile ? { planFile } : {}) })
  const green = new Set(run.hosts.flatMap(({ host, outcome }) => (GREEN.has(outcome) ? [host] : [])))
  const apart = hosts.filter((host) => green.has(host.name) && isApart(host)).map(({ name }) => name)
  if (apart.length === 0) return run.exitCode
  const { attachHosts } = await import('./balance.ts')
  return Math.max(run.exitCode, await attachHosts(flags, io, apart))
}
