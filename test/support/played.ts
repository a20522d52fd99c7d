import type { HostResult, RunEvent, RunResult } from '../../src/engine/events.ts'
import type { Plan, Step } from '../../src/model/plan.ts'
import type { Change } from '../../src/model/resource.ts'

/** A scripted run: its events, in order of time, and its result. */
export interface Played {
  readonly command: 'plan' | 'apply'
  readonly events: readonly RunEvent[]
  readonly result: RunResult
}

/** An event without its time. */
export type Bare = RunEvent extends infer E ? (E extends { at: number } ? Omit<E, 'at'> : never) : never

export const step = (type: string, name: string, ...changes: Change[]): Step => ({
  resource: `${type} ${name}`,
  type,
  name,
  changes,
})
export const change = (action: Change['action'], text: string, diff?: string): Change => ({
  action,
  text,
  ...(diff === undefined ? {} : { diff }),
})
export const planOf = (host: string, steps: readonly Step[] = [], more: Partial<Plan> = {}): Plan => ({
  host,
  steps,
  warnings: [],
  alsoInstalls: [],
  rolls: [],
  ...more,
})
export const resultOf = (host: string, outcome: HostResult['outcome'], more: Partial<HostResult> = {}): HostResult => ({
  host,
  outcome,
  steps: 0,
  owed: [],
  ms: 300,
  cost: { connections: 1, execs: 1, bytesUp: 3000, bytesDown: 1000 },
  ...more,
})

/** A run of these events, in the order of their times. */
export const finish = (
  command: 'plan' | 'apply',
  timed: readonly (readonly [number, Bare])[],
  ms: number,
  exitCode: RunResult['exitCode'],
): Played => {
  const events = [...timed].sort((a, b) => a[0] - b[0]).map(([at, event]) => ({ at, ...event }) as RunEvent)
  const hosts = events.flatMap((e) => (e.event === 'run' ? e.hosts : []))
  const results = new Map(
    events.flatMap((e) =>
      e.event === 'host' ? [[e.host, (({ at: _, event: __, ...r }) => r as HostResult)(e)] as const] : [],
    ),
  )
  return {
    command,
    events: [...events, { at: ms, event: 'done', ms, exitCode }],
    result: { hosts: hosts.flatMap((h) => results.get(h) ?? []), ms, exitCode },
  }
}
