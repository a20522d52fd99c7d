import type { Service, Way } from '../../../cloud/ground.ts'
import { back, out } from '../../../engine/about.ts'
import type { Front } from '../../../engine/context.ts'
import type { RunEvent } from '../../../engine/events.ts'
import { applyBehind } from '../../../engine/run.ts'
import { status } from '../../../engine/status.ts'
import type { Cluster } from '../../../model/recipe.ts'
import type { Transport } from '../../../transport/transport.ts'

/** What a host waits for that leaves or comes back. */
function said(event: RunEvent): string | undefined {
  if (event.event === 'waiting') return event.for
  return event.event === 'retry' ? `another attempt: ${event.reason}` : undefined
}

/** The caller itself detaches the hosts from their balancers. */
const DETACHED: Front = { leave: async () => {}, join: async () => {} }

/** Lets the engine take hosts out of service and bring them back, like `provision drain` and `undrain`. */
export function serviceOf(transport: Transport, leave: AbortSignal): Service {
  const run =
    (about: typeof out) =>
    async (cluster: Cluster, names: readonly string[], { allow, signal, say, leaves }: Way) => {
      const hosts = names.map((name) => cluster.host(name))
      const running = applyBehind(cluster, {
        transport,
        hosts,
        allow,
        signal,
        leave,
        wait: true,
        about: about(cluster),
        front: DETACHED,
      })
      for await (const event of running) {
        if (event.event === 'plan' && event.plan.steps.length > 0) leaves(event.host)
        const what = said(event)
        if (what !== undefined && 'host' in event) say(event.host, what)
      }
      const results = (await running.result).hosts
      const undone = results.filter(({ outcome }) => outcome !== 'changed' && outcome !== 'in-sync')
      return new Map(undone.map(({ host, outcome, reason }) => [host, reason ?? outcome]))
    }
  return {
    out: run(out),
    back: run(back),
    async idle(cluster, host) {
      const [seen] = await status(cluster, { transport, hosts: [host] })
      const components = seen !== undefined && 'components' in seen ? seen.components : []
      return components.flatMap(({ component, idle, says }) => (idle ? [`${component}: ${says}`] : []))
    },
  }
}
