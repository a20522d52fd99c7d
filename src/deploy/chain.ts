import { netOf } from '../engine/link/net.ts'
import type { Clean } from '../model/clean.ts'
import type { InventoryHost } from '../model/host.ts'
import type { Cluster } from '../model/recipe.ts'
import { recipesOf } from '../model/recipes-of.ts'
import type { Connection } from '../transport/transport.ts'
import { pause, RefusedError, type Run } from './rollout/run.ts'

/** Waives the refusal that new tasks would get no requests. */
const CHAIN = 'lb-chain'
/** The recipes that carry a task from Marathon to HAProxy. That HAProxy itself is red may be the fault of the app. */
const LINKS: readonly string[] = ['registrar', 'consul-template']
/** Milliseconds in which one that is started just now comes up. */
const PATIENCE = 10_000

/**
 * What keeps new tasks from the HAProxies, a sentence for each host. Who cannot be asked, or waits for Marathon alone,
 * is not broken for that.
 */
export async function brokenLinks(
  cluster: Cluster,
  connection: (host: InventoryHost) => Promise<Connection>,
  clean: Clean,
): Promise<readonly string[]> {
  const all = cluster.hosts.flatMap((host) =>
    recipesOf(host, cluster.roles).flatMap((recipe) => (LINKS.includes(recipe.name) ? [{ host, recipe }] : [])),
  )
  const says = await Promise.all(
    all.map(async ({ host, recipe }) => {
      const health = await recipe
        .health?.(
          host,
          cluster,
          netOf(() => connection(host)),
        )
        .catch(() => undefined)
      if (health === undefined || health.green || health.outside || health.waitsFor !== undefined) return []
      return [`${host.name}: ${recipe.name}: ${clean(health.says)}`]
    }),
  )
  return says.flat()
}

/**
 * Makes sure that tasks which start from now on get requests: Marathon ends old ones for them without asking HAProxy.
 * @throws RefusedError that says where they would not
 */
export async function mustBeCarried(run: Run): Promise<void> {
  if (run.allow.has(CHAIN)) return
  const began = run.cluster.now()
  for (;;) {
    const broken = await run.cluster.broken()
    if (broken.length === 0) return
    if (run.cluster.now() - began >= PATIENCE)
      throw new RefusedError(
        `new tasks would get no requests, and the old ones would end for them\n${broken.join('\n')}\nMend that first (provision status), or accept it with --allow ${CHAIN}.`,
      )
    await pause(run, run.signal)
  }
}
