import { setTimeout as sleep } from 'node:timers/promises'
import { timeLimit } from '../../lib/wait/time-limit.ts'
import { type Script, sh } from '../../shell/script.ts'
import { type Connection, TransportError } from '../../transport/transport.ts'
import type { Context } from '../context.ts'
import { output } from '../link/net.ts'

/** Milliseconds between two checks whether a host is back. */
const POLL = 2000
/** Failures that a reboot cannot explain, so waiting is pointless. */
const FINAL = new Set(['host-key', 'auth', 'key', 'sudo-refused', 'sudo-password', 'requiretty', 'aborted'])

const bootId: Script = sh`cat /proc/sys/kernel/random/boot_id`
/** systemd answers before it starts to reboot. */
const begin: Script = sh`
  sync
  if [ -d /run/systemd/system ]; then systemctl --no-block reboot; else reboot; fi`

/** Tells a host to reboot. Losing the link on the way is no error. */
async function tell(connection: Connection): Promise<void> {
  try {
    await output(connection, begin)
  } catch (error) {
    if (!(error instanceof TransportError && (error.failure === 'lost' || error.failure === 'hang'))) throw error
  }
}

/** Has the host come up with a new boot id? Returns what contradicts that, if anything does. */
async function isBack(connection: Connection, before: string): Promise<string | undefined> {
  try {
    await connection.reconnect()
    return (await output(connection, bootId)) === before ? 'it has not gone down' : undefined
  } catch (error) {
    if (!(error instanceof TransportError) || FINAL.has(error.failure)) throw error
    return error.message
  }
}

/**
 * Reboots a host and waits until it accepts logins again, with a new boot id.
 * @param within how many seconds the reboot may take
 * @throws Error with a sentence if the host is not back in time; TransportError if it came back with another identity
 */
export async function rebootHost(
  connection: Connection,
  within: number,
  { now, leave }: Pick<Context, 'now' | 'leave'>,
): Promise<void> {
  const before = await output(connection, bootId)
  await tell(connection)
  const isLast = timeLimit(within * 1000, now)
  for (;;) {
    await sleep(POLL, undefined, { signal: leave }).catch(() => undefined)
    if (leave.aborted) throw new Error('left as asked, while it booted')
    const last = isLast()
    const wrong = await isBack(connection, before)
    if (wrong === undefined) return
    if (last)
      throw new Error(
        `it was told to reboot, and is not back after ${within} s (${wrong}). Look at its console, then run the same command again`,
      )
  }
}
