import type { Config } from './config.ts'
import { followEvents } from './follow-events.ts'
import type { Log } from './log.ts'
import { looks } from './looks.ts'
import { partsOf } from './parts.ts'
import { TIMES, type Times } from './times.ts'

/** A running registrar. */
export interface Registrar {
  /** Stops it; what is registered stays. */
  stop(): Promise<void>
}

const timesOf = ({ reconcileSeconds, debounceMs }: Config, standard: Times): Times => ({
  ...standard,
  ...(reconcileSeconds === undefined ? {} : { reconcile: reconcileSeconds * 1000 }),
  ...(debounceMs === undefined ? {} : { debounce: debounceMs }),
})

/**
 * Keeps the local Consul agent's services in line with Marathon's tasks on this slave: looks at Marathon periodically,
 * and at once when an event requires it. Never throws, never gives up.
 */
export function startRegistrar(config: Config, log: Log, standard: Times = TIMES): Registrar {
  const stopped = new AbortController()
  const it = partsOf(config, timesOf(config, standard), log, stopped.signal)
  it.tell.say({})
  const all = Promise.all([looks(it), followEvents(it)])
  return {
    async stop() {
      stopped.abort()
      await all
      await it.alone(async () => undefined)
    },
  }
}
