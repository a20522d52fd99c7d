import type { Duplex } from 'node:stream'
import { present } from '../../lib/compact.ts'
import { aborted } from '../sentence.ts'
import { TransportError } from '../transport.ts'
import type { Link } from './live-link.ts'
import { type Route, where } from './route.ts'

/** A tunnel to a host, and the chain of bastions that it goes through. */
export interface Tunnel {
  readonly stream: Duplex
  /** Call it once: the last user of a bastion closes it. */
  release(): void
}

interface Shared {
  readonly link: Promise<Link>
  users: number
}

const giveBack = ({ stream, release }: Tunnel): void => {
  stream.destroy()
  release()
}

/** Connections to bastions, shared by all hosts behind them: fifty simultaneous logins exceed sshd's MaxStartups. */
export interface Bastions {
  /** @throws TransportError */
  tunnel(route: Route, signal?: AbortSignal): Promise<Tunnel>
}

/** Names the bastion in a failure to reach it, unless the failure already names an earlier one. */
function ofBastion(error: unknown, route: Route): unknown {
  if (!(error instanceof TransportError) || error.bastion !== undefined) return error
  const bastion = `${route.user}@${where(route)}`
  const { failure, message, passing } = error
  return new TransportError(failure, `bastion ${bastion}: ${message}`, { cause: error, passing, bastion })
}

/** Waits for a tunnel until `signal` aborts. @throws what the tunnel throws, or that it was aborted */
async function unlessAborted(made: Promise<Tunnel>, signal: AbortSignal | undefined): Promise<Tunnel> {
  if (!signal) return made
  let stop = (): void => {}
  const stopped = new Promise<never>((_resolve, reject) => {
    stop = () => reject(aborted())
  })
  signal.addEventListener('abort', stop)
  if (signal.aborted) stop()
  try {
    return await Promise.race([made, stopped])
  } catch (error) {
    // Other hosts behind the bastion still want it, so only our own tunnel is released.
    made.then(giveBack, () => {})
    throw error
  } finally {
    signal.removeEventListener('abort', stop)
  }
}

/** Shares connections to bastions. `open` makes one connection, through a tunnel or directly. */
export function bastionPool(open: (route: Route, through: Duplex | undefined) => Promise<Link>): Bastions {
  const pool = new Map<string, Shared>()

  const take = (chain: readonly Route[]): { shared: Shared; release: () => void } => {
    const key = JSON.stringify(chain)
    const found = pool.get(key)
    const shared: Shared = found ?? { link: make(chain), users: 0 }
    pool.set(key, shared)
    shared.users += 1
    const forget = (): void => {
      if (pool.get(key) === shared) pool.delete(key)
    }
    if (!found) shared.link.then((link) => link.client.once('close', forget), forget)
    let released = false
    const release = (): void => {
      if (released) return
      released = true
      shared.users -= 1
      if (shared.users > 0) return
      forget()
      shared.link.then((link) => link.close()).catch(() => {})
    }
    return { shared, release }
  }

  const make = async (chain: readonly Route[]): Promise<Link> => {
    const last = present(chain.at(-1))
    try {
      if (chain.length === 1) return await open(last, undefined)
      const { stream, release } = await tunnelTo(last, chain.slice(0, -1))
      try {
        const link = await open(last, stream)
        link.client.once('close', release)
        return link
      } catch (error) {
        release()
        throw error
      }
    } catch (error) {
      throw ofBastion(error, last)
    }
  }

  const tunnelTo = async (to: Route, chain: readonly Route[]): Promise<Tunnel> => {
    const { shared, release } = take(chain)
    try {
      const link = await shared.link
      return { stream: await link.forward(to.address, to.port), release }
    } catch (error) {
      release()
      throw error
    }
  }

  return {
    tunnel: (route, signal) => unlessAborted(tunnelTo(route, route.via), signal),
  }
}
