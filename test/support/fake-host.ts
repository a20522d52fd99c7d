import { once } from 'node:events'
import { existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { Duplex } from 'node:stream'
import { RUN_DIR, STATE_DIR } from '../../src/shell/paths.ts'
import { type Connection, type Target, type Transport, TransportError } from '../../src/transport/transport.ts'
import { drop, type ExecHost, FakeExec, type Fault, type Line, lost } from './fake-exec.ts'

/**
 * A host that is a folder: this machine's sh runs scripts, `/run/provision` and `/var/lib/provision` are in the folder,
 * and there is no systemd.
 */
export interface FakeHost extends ExecHost {
  readonly dir: string
  /** Every script that ran, in order, over all its connections. */
  readonly scripts: string[]
  /** The absolute paths that are mapped into the folder. */
  readonly own: readonly string[]
  /** What a connection attempt results in, while it is set; `never`: it hangs until the caller gives up. */
  refuse: TransportError | 'never' | undefined
  /** How many of the next reconnects fail. */
  reconnectFails: number
  /** Called before each exec. */
  fault: (script: string, n: number) => Fault | undefined
  /** The real path of a path on the host. */
  path(name: string): string
  read(name: string): string | undefined
  remove(): void
}

/** Makes a {@link FakeHost}. `own`: further paths that are mapped into its folder. */
export function fakeHost(own: readonly string[] = []): FakeHost {
  const dir = mkdtempSync(join(tmpdir(), 'provision-fake-'))
  mkdirSync(join(dir, 'run'))
  const path = (name: string) => join(dir, name)
  return {
    dir,
    scripts: [],
    own: [RUN_DIR, STATE_DIR, '/run/systemd/system', ...own],
    refuse: undefined,
    reconnectFails: 0,
    fault: () => undefined,
    path,
    read: (name) => (existsSync(path(name)) ? readFileSync(path(name), 'utf8') : undefined),
    remove: () => rmSync(dir, { recursive: true, force: true, maxRetries: 5, retryDelay: 100 }),
  }
}

/** A transport to fake hosts, by name. */
export function fakeTransport(hosts: Readonly<Record<string, FakeHost>>): Transport {
  return {
    async connect(target: Target, signal?: AbortSignal): Promise<Connection> {
      const host = hosts[target.name]
      if (signal?.aborted) throw new TransportError('aborted', 'it was stopped')
      if (host === undefined) throw new TransportError('dns', `${target.address} is not known`)
      if (host.refuse === 'never' && signal !== undefined) {
        await once(signal, 'abort')
        throw new TransportError('aborted', 'it was stopped')
      }
      if (host.refuse !== undefined) throw host.refuse
      return connectionTo(host)
    },
  }
}

function connectionTo(host: FakeHost): Connection {
  const cost = { connections: 1, execs: 0, bytesUp: 0, bytesDown: 0 }
  const line: Line = { host, cost, up: true, running: new Set() }
  return {
    cost,
    exec: (script, options = {}) => new FakeExec(script, options, line),
    upload: async () => undefined,
    dial: async (_address, _port) => {
      if (!line.up) throw lost()
      return new Duplex({ read() {}, write: (_c, _e, next) => next() })
    },
    async reconnect() {
      if (host.refuse !== undefined) throw host.refuse
      if (host.reconnectFails-- > 0) throw new TransportError('refused', 'it refused the connection')
      line.up = true
      cost.connections += 1
    },
    async close() {
      drop(line)
    },
  }
}
