import pLimit from 'p-limit'
import type { InventoryHost } from '../../model/host.ts'
import { type Connection, type Transport, TransportError } from '../../transport/transport.ts'

/** The result for one host: a value, or a sentence that says why it was unreachable. */
export type Reached<T> =
  | { readonly host: InventoryHost; readonly value: T }
  | { readonly host: InventoryHost; readonly unreachable: string }

/**
 * Connects to each host, at most `forks` at once, and does work there. A failed connection becomes the host's result;
 * other errors are thrown.
 */
export function onEach<T>(
  hosts: readonly InventoryHost[],
  transport: Transport,
  forks: number,
  work: (host: InventoryHost, connection: Connection) => Promise<T>,
): Promise<Reached<T>[]> {
  const limit = pLimit(forks)
  const one = async (host: InventoryHost): Promise<Reached<T>> => {
    let connection: Connection | undefined
    try {
      connection = await transport.connect(host)
      return { host, value: await work(host, connection) }
    } catch (error) {
      if (error instanceof TransportError) return { host, unreachable: error.message }
      throw error
    } finally {
      await connection?.close().catch(() => undefined)
    }
  }
  return Promise.all(hosts.map((host) => limit(() => one(host))))
}
