import { renameSync, writeFileSync } from 'node:fs'

/** How the registrar is, as its status file says. Times are milliseconds since 1970. */
export interface Status {
  readonly time: number
  readonly pid: number
  /** When Marathon was last asked, and all that followed from its answer was done; 0: never. */
  readonly lastSuccess: number
  /** Is it attached to the leader's events? */
  readonly attached: boolean
  /** Why Marathon cannot be asked; empty where it can. */
  readonly marathon: string
  /** Why the Consul agent cannot be asked; empty where it can. */
  readonly consul: string
  /** The Mesos agent's id; empty where it is not known. */
  readonly slave: string
  readonly serving: number
  readonly draining: number
  /** Names of the services that are registered here: what is rendered for HAProxy must have them. */
  readonly services: readonly string[]
  /** When those last became others; 0: not since the start. */
  readonly changed: number
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
  slave: '',
  serving: 0,
  draining: 0,
  services: [],
  changed: 0,
  problems: [],
}

/** Replaces the status file: a reader sees the old one or the new one. */
export function writeStatus(path: string, status: Status): void {
  const hidden = `${path}.new`
  writeFileSync(hidden, `${JSON.stringify(status)}\n`, { mode: 0o644 })
  renameSync(hidden, path)
}
