import type { Duplex } from 'node:stream'
import { object } from '../../lib/json.ts'
import type { Net } from '../../model/health.ts'
import type { InventoryHost } from '../../model/host.ts'
import type { Connection, Transport } from '../../transport/transport.ts'
import { netOver } from './net.ts'

/** Reaches a cluster's hosts. Connections are opened on demand, kept, and opened again if they are lost. */
export interface Links {
  connection(host: InventoryHost): Promise<Connection>
  dial(host: InventoryHost, address: string, port: number): Promise<Duplex>
  /** What recipes may ask of a host. */
  to(host: InventoryHost): Net
  close(): Promise<void>
}

/** Did the link to the host fail, rather than what a recipe wanted to reach from there? */
const isLost = (error: unknown): boolean => object(error).failure === 'lost'

/** Connections to a cluster's hosts. */
export function links(transport: Transport): Links {
  const made = new Map<string, Promise<Connection>>()
  const connection = (host: InventoryHost): Promise<Connection> => {
    const known = made.get(host.name)
    if (known) return known
    const fresh = transport.connect(host)
    made.set(host.name, fresh)
    fresh.catch(() => made.delete(host.name))
    return fresh
  }
  const over = async <T>(host: InventoryHost, work: (link: Connection) => Promise<T>): Promise<T> => {
    const link = await connection(host)
    try {
      return await work(link)
    } catch (error) {
      if (!isLost(error)) throw error
      made.delete(host.name)
      await link.close().catch(() => undefined)
      return work(await connection(host))
    }
  }
  const dial: Links['dial'] = (host, address, port) => over(host, (link) => link.dial(address, port))
  return {
    connection,
    dial,
    to: (host) => netOver((work) => over(host, work)),
    async close() {
      await Promise.all([...made.values()].map((link) => link.then((each) => each.close()).catch(() => undefined)))
    },
  }
}
