import { once } from 'node:events'
import type { Duplex } from 'node:stream'
import { setTimeout as sleep } from 'node:timers/promises'
import { object } from '../lib/json.ts'
import type { Dial } from './http.ts'

/**
 * What happens to a connection to a port at which HAProxy serves an app over TCP. HAProxy accepts every connection, and
 * closes it if no server accepts it. `refused`: HAProxy does not listen there.
 */
export type Held = 'held' | 'closed' | 'refused'

/** How many milliseconds a silent connection must last to count as held. */
const MOST = 500

const lasts = async (stream: Duplex): Promise<Held> => {
  const over = new AbortController()
  const { signal } = over
  const ends = ['end', 'close'].map((event) => once(stream, event, { signal }).then((): Held => 'closed'))
  const said = once(stream, 'data', { signal }).then((): Held => 'held')
  try {
    return await Promise.race([...ends, said, sleep(MOST, 'held' as const, { signal })])
  } catch {
    return 'closed' // reset
  } finally {
    for (const each of [...ends, said]) each.catch(() => undefined)
    over.abort()
  }
}

/** Connects, and checks whether the connection lasts. @throws Error if the host is unreachable */
export async function hold(dial: Dial): Promise<Held> {
  let stream: Duplex
  try {
    stream = await dial()
  } catch (error) {
    if (object(error).failure === 'refused') return 'refused'
    throw error
  }
  try {
    return await lasts(stream)
  } finally {
    stream.on('error', () => undefined)
    stream.destroy()
  }
}
