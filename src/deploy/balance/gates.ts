import { setTimeout as sleep } from 'node:timers/promises'
import type { MesosAgent } from '../../clients/mesos/answers.ts'
import { type Mesos, MesosAwayError } from '../../clients/mesos/mesos.ts'
import { agentHostnames } from '../../clients/settings/mesos.ts'
import { output } from '../../engine/link/net.ts'
import { message } from '../../lib/message.ts'
import { timeLimit } from '../../lib/wait/time-limit.ts'
import type { InventoryHost } from '../../model/host.ts'
import type { Cluster } from '../../model/recipe.ts'
import { leaving } from '../../model/recipes-of.ts'
import { awayMark, markTurn } from '../../shell/away-mark.ts'
import { type Script, sh } from '../../shell/script.ts'
import type { Connection } from '../../transport/transport.ts'
import { takingTasks } from '../agents.ts'
import type { Gates } from '../live-cluster.ts'

/** How many milliseconds the masters may be unreachable: a new leader takes over after 11 s. */
const PATIENCE = 30_000

/** sh that marks a member as out of service until the next run, unless it is marked already. */
const mark = (recipe: string): Script => sh`
  [ ! -e ${awayMark(recipe)} ] || { echo taken; exit 0; }
  ${markTurn(recipe)}`
const unmark = (recipe: string): Script => sh`[ -s ${awayMark(recipe)} ] || rm -f ${awayMark(recipe)}`
const isHeld = (recipe: string): Script => sh`[ ! -s ${awayMark(recipe)} ] || echo held`

async function patiently<T>(work: () => Promise<T>): Promise<T> {
  const isLast = timeLimit(PATIENCE)
  for (;;) {
    const last = isLast()
    try {
      return await work()
    } catch (error) {
      if (!(error instanceof MesosAwayError) || last) throw error
      await sleep(1000)
    }
  }
}

/**
 * Keeps new tasks off slaves by deactivating their agents: Mesos makes no offers for a deactivated agent. Meanwhile the
 * slave carries the mark of a turn, so that the next run reactivates it if this process dies.
 */
export function gatesOf(
  cluster: Cluster,
  mesos: Mesos,
  connection: (host: InventoryHost) => Promise<Connection>,
): Gates {
  const closed = new Set<string>()
  /** The recipe that takes the slave out of service in its turns, and therefore brings it back. */
  const recipeOf = (host: InventoryHost | undefined) => host && leaving(host, cluster)[0]?.name
  const hostOf = (hostname: string) => cluster.hosts.find((host) => agentHostnames(host).includes(hostname))
  const all = async (): Promise<readonly MesosAgent[]> => (await patiently(() => mesos.agents())).agents
  const idOf = async (hostname: string) => (await all()).find((agent) => agent.hostname === hostname)?.id
  return {
    async agents() {
      const found = await all().catch(() => undefined)
      if (found === undefined) return undefined
      const opened = found.map((each) =>
        closed.has(each.hostname) ? { ...each, active: true, deactivated: false } : each,
      )
      return takingTasks(opened).filter(({ host }) => hostOf(host)?.retire !== true)
    },
    async close(hostname) {
      const host = hostOf(hostname)
      const recipe = recipeOf(host)
      if (host === undefined || recipe === undefined) return
      const link = await connection(host)
      if ((await output(link, mark(recipe))).trim() === 'taken') return
      closed.add(hostname)
      const id = await idOf(hostname)
      if (id !== undefined) await patiently(() => mesos.deactivate(id))
    },
    async open(hostname) {
      const host = hostOf(hostname)
      const recipe = recipeOf(host)
      if (host === undefined || recipe === undefined || !closed.has(hostname)) return
      try {
        const link = await connection(host)
        closed.delete(hostname)
        if ((await output(link, isHeld(recipe))).trim() === 'held') return // somebody else is draining it
        const id = await idOf(hostname)
        if (id !== undefined) await patiently(() => mesos.reactivate(id))
        await output(link, unmark(recipe))
      } catch (error) {
        throw new Error(
          `${host.name} gets no new tasks until the next run of provision brings it back: ${message(error)}`,
        )
      }
    },
  }
}
