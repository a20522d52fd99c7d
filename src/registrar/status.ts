import { renameSync, writeFileSync } from 'node:fs'
import { message } from '../lib/message.ts'
import type { Log } from './log.ts'
import type { Registration } from './services/registration.ts'

/** How the registrar is, as its status file says. Times are milliseconds since 1970. */
export interface Status {
  readonly time: number
  readonly pid: number
  /** When Marathon was last asked, and all that followed from its answer was done; 0: never. */
  readonly lastSuccess: number
  /** Is it attached to the leader's events? */
  readonly attached: boolean
  /** Why Marathon cannot be asked; empty if it can. */
  readonly marathon: string
  /** Why the Consul agent cannot be asked; empty if it can. */
  readonly consul: string
  /** Does it refuse the token? */
  readonly denied: boolean
  /** The Mesos agent's id; empty if it is not known. */
  readonly slave: string
  readonly serving: number
  readonly draining: number
  /** Names of the services that are registered here: what is rendered for HAProxy must have them. */
  readonly services: readonly string[]
  /** When those last became others; 0: not since the start. */
  readonly changed: number
  /** How many tasks Marathon should run of each service, on all slaves together. */
  readonly wanted: Readonly<Record<string, number>>
  /** Labels that cannot be followed. */
  readonly problems: readonly string[]
}

/** The status before anything happened. */
export const NOTHING_YET: Status = {
  time: 0,
  pid: process.pid,
  lastSuccess: 0,
  attached: false,
  marathon: 'not asked yet',
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

/** Tells in the status file how the registrar is. */
export interface Teller {
  /** What it told last. */
  readonly status: Status
  say(change: Partial<Status>): void
}

/** One that has told nothing yet. A file that cannot be written is logged, and holds nothing up. */
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

/** What of a status follows from what is registered; `changed` is a new moment if that is other than it was. */
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

/** Replaces the status file: a reader sees the old one or the new one. */
function writeStatus(path: string, status: Status): void {
  const hidden = `${path}.new`
  writeFileSync(hidden, `${JSON.stringify(status)}\n`, { mode: 0o644 })
  renameSync(hidden, path)
}
