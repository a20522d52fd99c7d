import { readFileSync } from 'node:fs'
import type { Config } from './config.ts'
import type { Log } from './log.ts'
import { type Marathon, marathonAt } from './marathon/stream.ts'
import { type Marks, marks } from './marks.ts'
import { type Schedule, schedule } from './schedule.ts'
import { type Identity, identity } from './self.ts'
import { type Consul, consulAt } from './services/consul.ts'
import type { Neighbours } from './services/view.ts'
import { type Teller, teller } from './status.ts'
import type { Times } from './times.ts'

/** What the registrar remembers from earlier looks. */
export interface Memory {
  /** The other slaves' tasks. */
  others: Neighbours
  /** The tasks that are registered here. */
  known: ReadonlySet<string>
  /** How many looks in a row lacked a task that is registered, by service ID. */
  missed: ReadonlyMap<string, number>
}

/** The parts of a registrar. */
export interface Parts {
  readonly times: Times
  /** Aborted when the registrar stops. */
  readonly signal: AbortSignal
  readonly log: Log
  readonly marathon: Marathon
  readonly consul: Consul
  readonly self: Identity
  /** When the next look is due. */
  readonly next: Schedule
  readonly tell: Teller
  readonly memory: Memory
  /** Tasks for which an event said TASK_KILLING, and tasks for which one said that they ended. */
  readonly killing: Marks
  readonly ended: Marks
  /**
   * Runs one piece of work at a time: a look that was decided before an event must not undo what the event required.
   */
  alone<T>(work: () => Promise<T>): Promise<T>
}

/** A secret from a file, read again each time, because the file may be replaced. */
const fromFile = (path: string | undefined): string | undefined =>
  path === undefined ? undefined : readFileSync(path, 'utf8').trim()

/** Runs pieces of work one after the other. */
function oneByOne(): Parts['alone'] {
  let last: Promise<unknown> = Promise.resolve()
  return (work) => {
    const result = last.then(work)
    last = result.catch(() => undefined)
    return result
  }
}

/** The parts of a registrar before its first look. */
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
    missed: new Map(),
  },
  killing: marks(),
  ended: marks(),
  alone: oneByOne(),
})
