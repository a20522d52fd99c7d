import { balanced } from '../../balancing/balanced.ts'
import { balanceable } from '../../balancing/definition.ts'
import type { MarathonTask } from '../../clients/marathon-answers.ts'
import type { Look } from './progress.ts'
import type { Run } from './run.ts'
import { type Backend, serverOf } from './serving.ts'
import { isWell } from './situation.ts'

/** How many looks, a second apart, must agree. */
const LOOKS = 2

/** What all HAProxies say of a server: how many of its checks succeed and fail. */
interface Votes {
  readonly passes: number
  readonly fails: number
}

function votesOf(stats: readonly (readonly Backend[])[], name: string): Votes {
  const all = stats.flatMap((backends) =>
    backends.flatMap(({ servers }) => servers.filter((server) => server.name === name)),
  )
  return {
    passes: all.filter(({ passes }) => passes === true).length,
    fails: all.filter(({ passes }) => passes === false).length,
  }
}

/**
 * New tasks that Marathon calls healthy, but that every HAProxy which has checked them reports as down. The HAProxies
 * report old tasks as up, so the host is not merely too busy for checks. Pure.
 */
function foundDown(
  stats: readonly (readonly Backend[])[],
  { app, now }: Pick<Look, 'app' | 'now'>,
): readonly MarathonTask[] {
  const votes = (task: MarathonTask): Votes => votesOf(stats, serverOf(task.id, app.definition))
  const names = new Set(now.fresh.map((task) => serverOf(task.id, app.definition)))
  const backends = stats.flat().filter(({ servers }) => servers.some(({ name }) => names.has(name)))
  if (!backends.some(({ servers }) => servers.some(({ name, passes }) => !names.has(name) && passes === true)))
    return []
  return now.fresh.filter((task) => isWell(task, app.definition) && votes(task).fails > 0 && votes(task).passes === 0)
}

/** Detects a new version that no HAProxy can reach. Returns the reason once it is certain. */
export function downWatcher(run: Run): (seen: Look) => Promise<string | undefined> {
  let before: ReadonlySet<string> = new Set()
  let looks = 0
  return async (seen) => {
    if (balanced(balanceable(seen.app.definition)) === undefined) return undefined
    const stats = await Promise.all(run.cluster.balancers.map((balancer) => balancer.stats().catch(() => [])))
    const down = foundDown(stats, seen)
    const still = down.filter(({ id }) => before.has(id))
    looks = still.length > 0 ? looks + 1 : 1
    before = new Set(down.map(({ id }) => id))
    if (still.length === 0 || looks < LOOKS) return undefined
    const hosts = [...new Set(still.map(({ host }) => run.cluster.name(host)))].join(', ')
    const tasks = still.length === 1 ? 'a new task' : `${still.length} new tasks`
    return `HAProxy finds ${tasks} on ${hosts} down that Marathon calls healthy: its check fails, and nothing would be sent there`
  }
}
