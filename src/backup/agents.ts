import { setTimeout as sleep } from 'node:timers/promises'
import { agentHostnames, mastersOf, mesosOf } from '../clients/settings/mesos.ts'
import { PORTS } from '../clients/settings/ports.ts'
import { count, list } from '../lib/units.ts'
import { timeLimit } from '../lib/wait/time-limit.ts'
import type { InventoryHost } from '../model/host.ts'
import type { Cluster } from '../model/recipe.ts'
import type { Links } from './links.ts'
import { BackupError } from './manifest.ts'

/** Milliseconds: an agent retries at least once a minute. */
const PATIENCE = 240_000

/** Does a host's agent run? */
const runs = async (host: InventoryHost, { reach }: Links): Promise<boolean> =>
  reach(host, PORTS.mesosAgent)().then(
    (stream) => stream.destroy() !== undefined,
    () => false,
  )

/**
 * Waits until all running agents have registered with the new masters. Until then the masters do not know the agents'
 * tasks, and would tell Marathon that they are lost. @returns how many agents there are, and which are missing
 */
export async function agentsAreBack(cluster: Cluster, links: Links): Promise<string | undefined> {
  if (mastersOf(cluster).length === 0) return undefined
  const all = cluster.withRecipe('mesos-agent')
  const up = await Promise.all(all.map((host) => runs(host, links)))
  const here = all.filter((_, i) => up[i])
  const away = all.filter((_, i) => !up[i]).map(({ name }) => name)
  const mesos = mesosOf(cluster, links.reach)
  for (const isLast = timeLimit(PATIENCE); ; await sleep(1000)) {
    const last = isLast()
    const known = await mesos.agents().then(
      ({ agents }) => agents.filter(({ active, deactivated }) => active || deactivated).map(({ hostname }) => hostname),
      (): string[] => [],
    )
    const missing = here.filter((host) => !agentHostnames(host).some((name) => known.includes(name)))
    if (missing.length === 0)
      return `${count(here.length, 'agent')} registered${away.length > 0 ? `; no agent runs on ${list(away)}` : ''}`
    if (last)
      throw new BackupError(
        `The agent of ${list(missing.map(({ name }) => name))} is running, but has not registered with the new masters. Marathon was not started, since it would start the tasks there again. Fix that and run the same command again.`,
      )
  }
}
