import { readFileSync } from 'node:fs'
import type { Config } from './config.ts'
import type { Log } from './log.ts'
import { type Marathon, marathonAt } from './marathon/stream.ts'
import { type Marks, marks } from './marks.ts'
import { type Schedule, schedule } from './schedule.ts'
import { type Identity, identity } from './self.ts'
import { type Consul, consulAt } from './services/consul.ts'
import { CONFIRMATIONS } from './services/decide.ts'
import type { Neighbours } from './services/view.ts'
import { type Teller, teller } from './status.ts'
import type { Times } from './times.ts'

/** What earlier looks have left. */
export interface Memory {
  /** Who else there is. */
  others: Neighbours
  /** Tasks that are registered here. */
  known: ReadonlySet<string>
  /** How many looks in a row were not believed. */
  doubted: number
  leader: string | undefined
  /** How many looks this leader has answered. */
  looksOfLeader: number
}

/** What a registrar is made of. */
export interface Parts {
  readonly times: Times
  /** Aborted: it is to end. */
  readonly signal: AbortSignal
  readonly log: Log
  readonly marathon: Marathon
  readonly consul: Consul
  readonly self: Identity
  /** When the next look is due. */
  readonly next: Schedule
  readonly tell: Teller
  readonly memory: Memory
  /** Tasks that an event called TASK_KILLING, and those that one called ended. */
  readonly killing: Marks
  readonly ended: Marks
  /** One thing after the other: what an event asks for must not be undone by a look that was decided before it. */
  alone<T>(work: () => Promise<T>): Promise<T>
}

/** A secret of a file, read anew each time: it may be replaced while we run. */
const fromFile = (path: string | undefined): string | undefined =>
  path === undefined ? undefined : readFileSync(path, 'utf8').trim()

/** Work of which one thing is done after the other. */
function oneByOne(): Parts['alone'] {
  let last: Promise<unknown> = Promise.resolve()
  return (work) => {
    const result = last.then(work)
    last = result.catch(() => undefined)
    return result
  }
}

/** The parts of a registrar that has not looked yet. */
export const partsOf = (config: Config, times: Times, log: Log, signal: AbortSignal): Parts => ({
  times,
  signal,
  log,
  marathon: marathonAt(config.marathon, () => fromFile(config.credentials), times.marathon, times.silence),
  consul: consulAt(config.consul, config.cluster, () => fromFile(config.consulToken), times.local),
  self: identity(config, times, log),
  next: schedule(signal),
  tell: teller(config.status, log),
  memory: {
    others: { apps: new Set(), foreign: new Set() },
    known: new Set(),
    doubted: 0,
    leader: undefined,
    looksOfLeader: CONFIRMATIONS,
  },
  killing: marks(),
  ended: marks(),
  alone: oneByOne(),
})
