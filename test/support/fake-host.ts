import { type ChildProcess, spawn } from 'node:child_process'
import { existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { Duplex, PassThrough } from 'node:stream'
import { RUN_DIR, STATE_DIR } from '../../src/shell/paths.ts'
import type { Script } from '../../src/shell/script.ts'
import {
  type Connection,
  type Cost,
  type Exec,
  type ExecEnd,
  type ExecOptions,
  type Target,
  type Transport,
  TransportError,
} from '../../src/transport/transport.ts'

/** What shall go wrong with one exec. */
export interface Fault {
  /** The link is lost once this many bytes of the script's standard output have arrived. */
  readonly dropAt?: number
  /** The link stays up and nothing ever comes back. */
  readonly mute?: true
  /** Changes what comes back. */
  readonly answer?: (stdout: string) => string
}

/**
 * A host that is a folder: scripts are run by this machine's sh, `/run/provision` and `/var/lib/provision` lie in the
 * folder, there is no systemd.
 */
export interface FakeHost {
  readonly dir: string
  /** Every script that was run, in order, all its connections. */
  readonly scripts: string[]
  /** What connecting answers instead of a connection, as long as it is set. */
  refuse: TransportError | undefined
  /** How often the next reconnects fail. */
  reconnectFails: number
  /** Asked before each exec. */
  fault: (script: string, n: number) => Fault | undefined
  /** A path in the folder. */
  path(name: string): string
  read(name: string): string | undefined
  remove(): void
}

/** Makes a {@link FakeHost}. */
export function fakeHost(): FakeHost {
  const dir = mkdtempSync(join(tmpdir(), 'provision-fake-'))
  mkdirSync(join(dir, 'run'))
  const path = (name: string) => join(dir, name)
  return {
    dir,
    scripts: [],
    refuse: undefined,
    reconnectFails: 0,
    fault: () => undefined,
    path,
    read: (name) => (existsSync(path(name)) ? readFileSync(path(name), 'utf8') : undefined),
    remove: () => rmSync(dir, { recursive: true, force: true, maxRetries: 5, retryDelay: 100 }),
  }
}

/** `/run/x` as `run//x`. */
const within = (dir: string): string => dir.slice(1).replace(/\/([^/]*)$/, '//$1')

const lost = () => new TransportError('lost', 'the connection was lost')

/** A transport to fake hosts, by name. */
export function fakeTransport(hosts: Readonly<Record<string, FakeHost>>): Transport {
  return {
    async connect(target: Target, signal?: AbortSignal): Promise<Connection> {
      const host = hosts[target.name]
      if (signal?.aborted) throw new TransportError('aborted', 'it was stopped')
      if (host === undefined) throw new TransportError('dns', `${target.address} is not known`)
      if (host.refuse !== undefined) throw host.refuse
      return connectionTo(host)
    },
  }
}

function connectionTo(host: FakeHost): Connection {
  const cost = { connections: 1, execs: 0, bytesUp: 0, bytesDown: 0 }
  let up = true
  const running = new Set<(error: TransportError) => void>()
  const drop = (): void => {
    up = false
    for (const end of [...running]) end(lost())
  }
  // as long as what they stand for, because scripts know how long others are; relative to the folder, where all scripts
  // run
  const translate = (text: string): string =>
    [RUN_DIR, STATE_DIR, '/run/systemd/system'].reduce((out, dir) => out.replaceAll(dir, within(dir)), text)

  const exec = (script: Script, options: ExecOptions = {}): Exec => {
    const stdout = new PassThrough()
    stdout.on('error', () => undefined)
    const fault = host.fault(script.text, host.scripts.length) ?? {}
    host.scripts.push(script.text)
    const text = translate(script.text)
    let child: ChildProcess | undefined
    let settle: { resolve(end: ExecEnd): void; reject(error: Error): void }
    const done = new Promise<ExecEnd>((resolve, reject) => {
      settle = { resolve, reject }
    })
    done.catch(() => undefined)
    let over = false
    let silence: NodeJS.Timeout | undefined
    const fail = (error: TransportError): void => {
      if (over) return
      over = true
      running.delete(fail)
      clearTimeout(silence)
      // as sshd does it: what belongs to the session goes, what has a session of its own lives on
      if (child?.pid !== undefined) killGroup(child.pid)
      stdout.destroy(error)
      settle.reject(error)
    }
    const listen = () => {
      clearTimeout(silence)
      if (options.silence !== undefined && !over)
        silence = setTimeout(() => fail(new TransportError('hang', 'no answer')), options.silence)
    }
    const handle: Exec = {
      stdout,
      done,
      write: (data) => {
        if (over) return
        cost.bytesUp += Buffer.byteLength(data)
        child?.stdin?.write(typeof data === 'string' ? translate(data) : data)
      },
      end: () => void child?.stdin?.end(),
      kill: () => fail(new TransportError('aborted', 'it was stopped')),
    }
    if (!up) {
      setImmediate(() => fail(lost()))
      return handle
    }
    running.add(fail)
    cost.execs += 1
    cost.bytesUp += Buffer.byteLength(text)
    // the script on descriptor 3, its input on 0: then as the real transport does it
    child = spawn(
      'sh',
      [
        '-c',
        'script=$(cat <&3); exec 3<&-; LC_ALL=C; export LC_ALL; umask 022; eval "main() { :\n$script\n}"; main 8<&0 </dev/null',
      ],
      {
        stdio: ['pipe', 'pipe', 'pipe', 'pipe'],
        detached: true,
        cwd: host.dir,
      },
    )
    for (const stream of child.stdio) stream?.on('error', () => undefined)
    ;(child.stdio[3] as Duplex).end(text)
    if (options.input !== true) child.stdin?.end()
    let stderr = ''
    child.stderr?.on('data', (chunk: Buffer) => {
      cost.bytesDown += chunk.length
      stderr = (stderr + chunk.toString()).slice(-65536)
    })
    let received = 0
    let dropping = false
    const whole: Buffer[] = []
    listen()
    child.stdout?.on('data', (chunk: Buffer) => {
      if (over || fault.mute) return
      cost.bytesDown += chunk.length
      listen()
      const room = fault.dropAt === undefined ? chunk.length : fault.dropAt - received
      received += chunk.length
      if (options.maxStdout !== undefined && received > options.maxStdout)
        return fail(new TransportError('flood', 'too much'))
      if (fault.answer !== undefined) whole.push(chunk)
      else if (room > 0) stdout.write(chunk.subarray(0, room))
      // what was written before is read before the error is seen
      if (chunk.length >= room && fault.dropAt !== undefined && !dropping) {
        dropping = true // once: a second time would cut the link that was made anew
        setTimeout(drop, 20)
      }
    })
    child.on('close', (code, signal) => {
      if (over || fault.mute) return
      if (fault.dropAt !== undefined && received >= fault.dropAt) return
      if (fault.answer !== undefined) stdout.write(fault.answer(Buffer.concat(whole).toString()))
      stdout.end()
      const finish = () => {
        if (over) return
        over = true
        running.delete(fail)
        clearTimeout(silence)
        settle.resolve({ code: code ?? 128 + (signal === 'SIGKILL' ? 9 : 15), stderr })
      }
      stdout.on('end', finish)
    })
    return handle
  }

  return {
    cost: cost as Cost,
    exec,
    upload: async () => undefined,
    dial: async (_address, _port) => {
      if (!up) throw lost()
      return new Duplex({ read() {}, write: (_c, _e, next) => next() })
    },
    async reconnect() {
      if (host.refuse !== undefined) throw host.refuse
      if (host.reconnectFails-- > 0) throw new TransportError('refused', 'it refused the connection')
      up = true
      cost.connections += 1
    },
    async close() {
      drop()
    },
  }
}

function killGroup(pid: number): void {
  try {
    process.kill(-pid, 'SIGKILL')
  } catch {
    // it has ended already
  }
}
