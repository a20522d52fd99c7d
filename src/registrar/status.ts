import { renameSync, writeFileSync } from 'node:fs'
import { message } from '../lib/message.ts'
import type { Log } from './log.ts'
import type { Registration } from './services/registration.ts'

/** The registrar's status file. Times are in milliseconds since 1970. */
export interface Status {
  readonly time: number
  readonly pid: number
  /** When a look last completed, including all changes; 0: never. */
  readonly lastSuccess: number
  /** Is it attached to the leader's events? */
  readonly attached: boolean
  /** Why Marathon is unreachable; empty if it is not. */
  readonly marathon: string
  /** Does it reject the login? */
  readonly locked: boolean
  /** Why the Consul agent is unreachable; empty if it is not. */
  readonly consul: string
  /** Does it reject the token? */
  readonly denied: boolean
  /** The Mesos agent's id; empty if unknown. */
  readonly slave: string
  readonly serving: number
  readonly draining: number
  /** The services that are registered here: HAProxy's rendered configuration must have them. */
  readonly services: readonly string[]
  /** When those last changed; 0: not since the start. */
  readonly changed: number
  /** The wanted number of tasks of each service, across all slaves. */
  readonly wanted: Readonly<Record<string, number>>
  /** Labels that cannot be followed. */
  readonly problems: readonly string[]
}

/** The initial status. */
export const NOTHING_YET: Status = {
  time: 0,
  pid: process.pid,
  lastSuccess: 0,
  attached: false,
  marathon: 'not asked yet',
  locked: false,
  consul: '',
  denied: false,
  slave: '',
  serving: 0,
  draining: 0,
  services: [],
  changed: 0,
  wanted: {},
  problems: [],
}

/** Writes the registrar's state to the status file. */
export interface Teller {
  /** The last status written. */
  readonly status: Status
  say(change: Partial<Status>): void
}

/** A teller with the initial status. Logs a failure to write the file, and continues. */
export function teller(path: string, log: Log): Teller {
  let status = NOTHING_YET
  return {
    get status() {
      return status
    },
    say(change) {
      status = { ...status, ...change, time: Date.now() }
      try {
        writeStatus(path, status)
      } catch (error) {
        log('status not written', { why: message(error) })
      }
    },
  }
}

/** The part of a status that follows from what is registered; `changed` is now if that differs from before. */
export function tally(
  was: Status,
  owned: ReadonlyMap<string, Registration>,
): Pick<Status, 'serving' | 'draining' | 'services' | 'changed'> {
  const all = [...owned.values()]
  const draining = all.filter(({ meta }) => meta.state === 'draining').length
  const serving = owned.size - draining
  const services = [...new Set(all.map(({ name }) => name))].sort()
  const same = was.serving === serving && was.draining === draining && was.services.join() === services.join()
  return { serving, draining, services, changed: same ? was.changed : Date.now() }
}

/** Replaces the status file atomically: a reader sees the old or the new one. */
function writeStatus(path: string, status: Status): void {
  const hidden = `${path}.new`
  writeFileSync(hidden, `${JSON.stringify(status)}\n`, { mode: 0o644 })
  renameSync(hidden, path)
}
