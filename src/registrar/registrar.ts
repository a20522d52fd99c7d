import type { Config } from './config.ts'
import { followEvents } from './follow-events.ts'
import type { Log } from './log.ts'
import { looks } from './looks.ts'
import { partsOf } from './parts.ts'
import { TIMES, type Times } from './times.ts'

/** A registrar that runs. */
export interface Registrar {
  /** Ends it; what is registered stays. */
  stop(): Promise<void>
}

const timesOf = ({ reconcileSeconds, debounceMs }: Config, standard: Times): Times => ({
  ...standard,
  ...(reconcileSeconds === undefined ? {} : { reconcile: reconcileSeconds * 1000 }),
  ...(debounceMs === undefined ? {} : { debounce: debounceMs }),
})

/**
 * Starts to keep the local Consul agent's services as Marathon's tasks on this slave are: looks at Marathon now and
 * then, and at once where an event calls for it. Never throws, never gives up.
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
