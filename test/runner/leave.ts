import { message } from '../../src/lib/message.ts'
import { clearOrphans, clearRun } from '../support/leftovers.ts'
import { prefixOf, RUN } from '../support/run-name.ts'
import type { Meter } from './cpu.ts'
import { endGroup, type Groups } from './process.ts'
import { endStrays } from './strays.ts'

/** What a stopped run must end. */
export interface Stoppable {
  readonly name: string
  readonly groups: Groups
  /** Aborted when the run is stopped: from then on no file starts, and nobody else removes hosts. */
  readonly stop: AbortController
  readonly meter: Meter | undefined
}

const complain = (error: unknown): void => console.log(message(error))

/**
 * On ^C, or when the terminal or the reader of the output goes: kills running files, removes their hosts and those of runs that they had started,
 * and exits. Another ^C changes nothing.
 */
export function leaveNothing({ name, groups, stop, meter }: Stoppable, hosts: boolean): void {
  const leave = async (): Promise<void> => {
    if (stop.signal.aborted) return
    stop.abort()
    if (hosts) console.log('\nstopped: the hosts of this run are taken down')
    for (const group of groups) endGroup(group)
    await endStrays([`${RUN}=${name}`])
    if (hosts) for (const clear of [() => clearRun(prefixOf(name)), clearOrphans]) await clear().catch(complain)
    await meter?.close().catch(complain)
    process.exit(130)
  }
  for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) process.on(signal, leave)
  for (const output of [process.stdout, process.stderr]) output.on('error', leave) // nobody can read it any more
}
