import { createHash } from 'node:crypto'
import { createWriteStream } from 'node:fs'
import { pipeline } from 'node:stream/promises'
import type { Reach } from '../clients/settings/reach.ts'
import { output } from '../engine/link/net.ts'
import type { InventoryHost } from '../model/host.ts'
import { type Blob, type Script, sh } from '../shell/script.ts'
import { type Connection, type Transport, TransportError } from '../transport/transport.ts'
import { UnreachableError } from './manifest.ts'

/** Connections to the hosts of a backup or a restore, opened on first use and kept. */
export interface Links {
  readonly reach: Reach
  /** Reaches ports on a host's 127.0.0.1. */
  readonly loopback: Reach
  /** Runs a script, and returns its output. @throws TransportError, Error with its last lines */
  ask(host: InventoryHost, script: Script): Promise<string>
  /** Downloads a file from a host, readable by its owner only. Returns its checksum. */
  fetch(host: InventoryHost, path: string, file: string): Promise<string>
  upload(host: InventoryHost, blob: Blob): Promise<void>
  close(): Promise<void>
}

/** How many milliseconds a script may be silent: copying prints nothing. */
const SILENCE = 600_000

/** Connects to hosts on first use. */
export function linksOf(transport: Transport): Links {
  const made = new Map<string, Promise<Connection>>()
  const connect = async (host: InventoryHost): Promise<Connection> => {
    try {
      return await transport.connect(host)
    } catch (cause) {
      if (!(cause instanceof TransportError)) throw cause
      throw new UnreachableError(`${host.name} could not be reached: ${cause.message}`, { cause })
    }
  }
  const link = (host: InventoryHost): Promise<Connection> => {
    const known = made.get(host.name) ?? connect(host)
    made.set(host.name, known)
    known.catch(() => made.delete(host.name))
    return known
  }
  return {
    reach: (host, port) => async () => (await link(host)).dial(host.privateAddress, port),
    loopback: (host, port) => async () => (await link(host)).dial('127.0.0.1', port),
    ask: async (host, script) => (await output(await link(host), script, SILENCE)).trim(),
    async fetch(host, path, file) {
      const exec = (await link(host)).exec(sh`cat ${path}`, { silence: SILENCE })
      const hash = createHash('sha256')
      const summed = async function* (source: AsyncIterable<Buffer>) {
        for await (const chunk of source) {
          hash.update(chunk)
          yield chunk
        }
      }
      await Promise.all([pipeline(exec.stdout, summed, createWriteStream(file, { mode: 0o600 })), exec.done])
      return hash.digest('hex')
    },
    upload: async (host, blob) => (await link(host)).upload([blob]),
    async close() {
      await Promise.all([...made.values()].map((each) => each.then((one) => one.close()).catch(() => undefined)))
    },
  }
}
