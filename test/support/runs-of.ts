import type { HostResult, RunEvent, RunResult } from '../../src/engine/events.ts'
import type { FactsCache } from '../../src/engine/observe/facts.ts'
import { applyBehind, type FrontedOptions, plan, type Run } from '../../src/engine/run.ts'
import type { Facts } from '../../src/model/facts.ts'
import type { Cluster } from '../../src/model/recipe.ts'
import { type FakeHost, fakeTransport } from './fake-host.ts'

/** Facts in memory. */
function memoryFacts(known: Record<string, Facts> = {}): FactsCache & { readonly known: Record<string, Facts> } {
  return {
    known,
    get: async ({ name }) => known[name],
    set: async ({ name }, facts) => {
      known[name] = facts
    },
  }
}

/** A finished run: its events and its result. */
export interface Ended {
  readonly events: readonly RunEvent[]
  readonly result: RunResult
  host(name: string): HostResult
  /** The events of one kind. */
  of<E extends RunEvent['event']>(event: E): readonly Extract<RunEvent, { event: E }>[]
}

/** Follows a run to its end. */
export async function ended(run: Run, onEvent: (event: RunEvent) => void = () => undefined): Promise<Ended> {
  const events: RunEvent[] = []
  for await (const event of run) {
    events.push(event)
    onEvent(event)
  }
  const result = await run.result
  return {
    events,
    result,
    host: (name) => result.hosts.find((h) => h.host === name) as HostResult,
    of: (event) => events.filter((e) => e.event === event) as never,
  }
}

type More = Partial<FrontedOptions> & { readonly onEvent?: (event: RunEvent) => void }

/** Runs over fake hosts, with facts that persist from run to run. */
export function runner(hosts: Readonly<Record<string, FakeHost>>, facts = memoryFacts()) {
  const transport = fakeTransport(hosts)
  const go = (command: typeof applyBehind, cluster: Cluster, { onEvent, ...more }: More): Promise<Ended> =>
    ended(
      command(cluster, { transport, facts, who: 'alice@laptop', reconnects: [10, 20, 40], front: undefined, ...more }),
      onEvent,
    )
  return {
    facts,
    plan: (cluster: Cluster, more: More = {}) => go(plan, cluster, more),
    apply: (cluster: Cluster, more: More = {}) => go(applyBehind, cluster, more),
  }
}
