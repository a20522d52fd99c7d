import { type ChildProcess, spawn } from 'node:child_process'
import { type Duplex, PassThrough } from 'node:stream'
import type { Script } from '../../src/shell/script.ts'
import { type Cost, type Exec, type ExecEnd, type ExecOptions, TransportError } from '../../src/transport/transport.ts'

/** What should go wrong with one exec. */
export interface Fault {
  /** The link breaks after this many bytes of the script's standard output. */
  readonly dropAt?: number
  /** The link breaks before the script arrives. */
  readonly undelivered?: true
  /** Only so many bytes of the exec's input arrive. */
  readonly takes?: number
  /** The link stays up, but no answer ever arrives. */
  readonly mute?: true
  /** Changes the answer, which arrives only when the script has ended. */
  readonly answer?: (stdout: string) => string
  /** Changes lines of the answer, as they arrive. */
  readonly lines?: (text: string) => string
  /** Is told what arrives, as it does. */
  readonly tap?: (chunk: Buffer) => void
  /** What the link brings after the script's own output. */
  readonly more?: string
}

/** What an exec needs of its host. */
export interface ExecHost {
  readonly dir: string
  readonly scripts: string[]
  readonly own: readonly string[]
  fault: (script: string, n: number) => Fault | undefined
}

/** `/run/x` as `run//x`. */
const within = (dir: string): string => dir.slice(1).replace(/\/([^/]*)$/, '//$1')

export const lost = () => new TransportError('lost', 'the connection was lost')

/** The shared state of a connection and its execs. */
export interface Line {
  readonly host: ExecHost
  readonly cost: { -readonly [K in keyof Cost]: Cost[K] }
  up: boolean
  /** The running execs, each as a function that ends it. */
  readonly running: Set<(error: TransportError) => void>
}

export function drop(line: Line): void {
  line.up = false
  for (const end of [...line.running]) end(lost())
}

/**
 * Replaces paths by ones of equal length, because scripts know the lengths of others; relative to the folder, where all
 * scripts run.
 */
const translate = (text: string, own: readonly string[]): string =>
  own.reduce((out, each) => out.replaceAll(each, within(each)), text)

/** Runs the script from descriptor 3 with its input on 0, like the real transport. */
const MAIN =
  'script=$(cat <&3); exec 3<&-; LC_ALL=C; export LC_ALL; umask 022; eval "main() { :\n$script\n}"; main 8<&0 </dev/null'

export class FakeExec implements Exec {
  readonly stdout = new PassThrough()
  readonly done: Promise<ExecEnd>
  readonly #line: Line
  readonly #options: ExecOptions
  readonly #fault: Fault
  #settle: { resolve(end: ExecEnd): void; reject(error: Error): void } | undefined
  #child: ChildProcess | undefined
  #over = false
  #silence: NodeJS.Timeout | undefined
  #stderr = ''
  #received = 0
  #dropping = false
  readonly #whole: Buffer[] = []

  constructor(script: Script, options: ExecOptions, line: Line) {
    const { host } = line
    this.#line = line
    this.#options = options
    this.#fault = host.fault(script.text, host.scripts.length) ?? {}
    host.scripts.push(script.text)
    this.stdout.on('error', () => undefined)
    this.done = new Promise<ExecEnd>((resolve, reject) => {
      this.#settle = { resolve, reject }
    })
    this.done.catch(() => undefined)
    if (line.up) this.#start(translate(script.text, host.own))
    else setImmediate(() => this.#fail(lost()))
  }

  write(data: string | Uint8Array): void {
    if (this.#over) return
    this.#line.cost.bytesUp += Buffer.byteLength(data)
    const { takes } = this.#fault
    if (takes !== undefined) return void this.#child?.stdin?.end(data.slice(0, takes))
    this.#child?.stdin?.write(typeof data === 'string' ? translate(data, this.#line.host.own) : data)
  }

  end(): void {
    this.#child?.stdin?.end()
  }

  kill(): void {
    this.#fail(new TransportError('aborted', 'it was stopped'))
  }

  /** @returns false if it was closed already */
  #close(): boolean {
    if (this.#over) return false
    this.#over = true
    this.#line.running.delete(this.#fail)
    clearTimeout(this.#silence)
    return true
  }

  readonly #fail = (error: TransportError): void => {
    if (!this.#close()) return
    // as sshd does: kill the session's processes, but not those with a session of their own
    if (this.#child?.pid !== undefined) killGroup(this.#child.pid)
    this.stdout.destroy(error)
    this.#settle?.reject(error)
  }

  #listen(): void {
    clearTimeout(this.#silence)
    if (this.#options.silence !== undefined && !this.#over)
      this.#silence = setTimeout(() => this.#fail(new TransportError('hang', 'no answer')), this.#options.silence)
  }

  #start(text: string): void {
    const { host, cost, running } = this.#line
    running.add(this.#fail)
    cost.execs += 1
    cost.bytesUp += Buffer.byteLength(text)
    if (this.#fault.undelivered) {
      setTimeout(() => drop(this.#line), 20)
      return
    }
    const child = spawn('sh', ['-c', MAIN], {
      stdio: ['pipe', 'pipe', 'pipe', 'pipe'],
      detached: true,
      cwd: host.dir,
    })
    this.#child = child
    for (const stream of child.stdio) stream?.on('error', () => undefined)
    ;(child.stdio[3] as Duplex).end(text)
    if (this.#options.input !== true) child.stdin?.end()
    child.stderr?.on('data', (chunk: Buffer) => {
      cost.bytesDown += chunk.length
      this.#stderr = (this.#stderr + chunk.toString()).slice(-65536)
    })
    this.#listen()
    child.stdout?.on('data', (chunk: Buffer) => this.#receive(chunk))
    child.on('close', (code, signal) => this.#ended(code ?? 128 + (signal === 'SIGKILL' ? 9 : 15)))
  }

  #receive(chunk: Buffer): void {
    const { dropAt, mute, answer, lines, tap } = this.#fault
    if (this.#over || mute) return
    tap?.(chunk)
    this.#line.cost.bytesDown += chunk.length
    this.#listen()
    const room = dropAt === undefined ? chunk.length : dropAt - this.#received
    this.#received += chunk.length
    if (this.#options.maxStdout !== undefined && this.#received > this.#options.maxStdout) {
      this.#fail(new TransportError('flood', 'too much'))
      return
    }
    if (answer !== undefined || lines !== undefined) this.#whole.push(chunk)
    if (lines !== undefined) this.#write(lines)
    else if (answer === undefined && room > 0) this.stdout.write(chunk.subarray(0, room))
    // output before the fault must arrive before the error
    if (chunk.length >= room && dropAt !== undefined && !this.#dropping) {
      this.#dropping = true // only once: a second time would cut the new link
      setTimeout(() => drop(this.#line), 20)
    }
  }

  /** Passes on the lines that are whole by now. */
  #write(lines: (text: string) => string): void {
    const all = Buffer.concat(this.#whole.splice(0))
    const end = all.lastIndexOf('\n') + 1
    this.stdout.write(lines(all.toString('utf8', 0, end)))
    this.#whole.push(all.subarray(end))
  }

  #ended(code: number): void {
    const { dropAt, mute, answer, more } = this.#fault
    if (this.#over || mute) return
    if (more !== undefined) this.stdout.write(more)
    if (dropAt !== undefined && this.#received >= dropAt) return
    if (this.#fault.lines !== undefined) this.stdout.write(Buffer.concat(this.#whole))
    if (answer !== undefined) this.stdout.write(answer(Buffer.concat(this.#whole).toString()))
    this.stdout.end()
    this.stdout.on('end', () => {
      if (this.#close()) this.#settle?.resolve({ code, stderr: this.#stderr })
    })
  }
}

function killGroup(pid: number): void {
  try {
    process.kill(-pid, 'SIGKILL')
  } catch {
    // it has ended already
  }
}
